"""The regressions that are tried on amounts within the horizon, each with a small grid."""

from customer_value.predictors import SEED, Method, Selected, Setting, Task, prepared
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Lasso, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from sklearn.tree import DecisionTreeRegressor

# the past rate on the scale of the outcome, and who the customer is
SPEND_CORE = (
    "horizon_spend_amount",
    "recency_days",
    "purchase_days_count",
    "monetary_amount",
    "tenure_days",
    "average_order_amount",
)
VISITS_CORE = (
    "horizon_visit_count",
    "days_since_last_visit",
    "visit_count",
    "recent_visit_count",
    "recency_days",
    "purchase_days_count",
)
PURCHASES_CORE = ("horizon_purchase_days", *SPEND_CORE[1:])


def ridge(strength: float, degree: int = 1) -> Pipeline:
    """Linear regression; `strength` is scikit-learn's alpha, large where much is held back."""
    products = [PolynomialFeatures(degree, include_bias=False)] if degree > 1 else []
    return make_pipeline(*prepared(), *products, Ridge(strength, solver="cholesky"))


def lasso(share: float) -> Pipeline:
    """Linear regression that leaves features out (Tibshirani 1996)."""
    return make_pipeline(*prepared(), Lasso(share, max_iter=5_000, random_state=SEED))


def tree(depth: int) -> Pipeline:
    """A regression tree by squared error."""
    leaves = DecisionTreeRegressor(max_depth=depth, min_samples_leaf=20, random_state=SEED)
    imputer = SimpleImputer(strategy="median", add_indicator=True)
    return make_pipeline(Selected(), imputer, leaves)


def boosting(leaves: int) -> Pipeline:
    """Boosted trees on histograms, which know what is missing by themselves."""
    trees = HistGradientBoostingRegressor(
        max_iter=80,
        learning_rate=0.05,
        max_leaf_nodes=leaves,
        min_samples_leaf=20,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=SEED,
    )
    return make_pipeline(Selected(), trees)


def amounts(outcome: str, core: tuple[str, ...]) -> Task:
    """A task whose outcome is an amount or a count.

    Parameters
    ----------
    outcome : str
        The column of int_prediction_samples.
    core : tuple of str
        The features of the usual settings.
    """
    methods = {
        "ridge": Method(
            ridge,
            [
                Setting("six features", core, {"strength": 10.0}),
                Setting("all features", None, {"strength": 100.0}),
            ],
        ),
        "lasso": Method(lasso, [Setting("all features", None, {"share": 0.3})]),
        "polynomial": Method(
            ridge, [Setting("six features, degree 2", core, {"strength": 100.0, "degree": 2})]
        ),
        "decision_tree": Method(
            tree,
            [Setting("depth 5", None, {"depth": 5}), Setting("depth 3", None, {"depth": 3})],
        ),
        "gradient_boosting": Method(
            boosting,
            [Setting("8 leaves", None, {"leaves": 8}), Setting("24 leaves", None, {"leaves": 24})],
        ),
    }
    return Task(outcome, methods, rule=None, mean_of=(), is_amount=True)


SPEND = amounts("net_amount", SPEND_CORE)
VISITS = amounts("visit_count", VISITS_CORE)
PURCHASES = amounts("purchase_days_count", PURCHASES_CORE)
