"""The classifiers that are tried on whether customers buy, each with a small grid."""

from customer_value.predictors import SEED, Method, Selected, Setting, Task, prepared
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

# five logarithms rank as well as eighteen, and are better calibrated (docs/models/churn.md)
CORE = (
    "recency_days",
    "purchase_days_count",
    "monetary_amount",
    "tenure_days",
    "average_order_amount",
)
RULE = "purchase_decay"  # a score in SQL, given a probability


def folds() -> StratifiedKFold:
    """Three parts of the customers fitted on, for what calibrates or stacks."""
    return StratifiedKFold(3, shuffle=True, random_state=SEED)


def logistic(strength: float, l1: bool = False, degree: int = 1) -> Pipeline:
    """Logistic regression; `strength` is scikit-learn's C, small where much is held back."""
    regression = LogisticRegression(
        C=strength,
        l1_ratio=1.0 if l1 else 0.0,
        solver="saga" if l1 else "lbfgs",
        tol=1e-3 if l1 else 1e-8,
        max_iter=500 if l1 else 1000,
        random_state=SEED,
    )
    products = [PolynomialFeatures(degree, include_bias=False)] if degree > 1 else []
    return make_pipeline(*prepared(), *products, regression)


def tree(depth: int) -> Pipeline:
    """A decision tree by information gain."""
    leaves = DecisionTreeClassifier(
        criterion="entropy", max_depth=depth, min_samples_leaf=20, random_state=SEED
    )
    imputer = SimpleImputer(strategy="median", add_indicator=True)
    return make_pipeline(Selected(), imputer, leaves)


def forest(leaf: int) -> Pipeline:
    """A random forest (Breiman 2001) of a hundred trees."""
    trees = RandomForestClassifier(100, min_samples_leaf=leaf, random_state=SEED, n_jobs=1)
    imputer = SimpleImputer(strategy="median", add_indicator=True)
    return make_pipeline(Selected(), imputer, trees)


def boosting(leaves: int) -> Pipeline:
    """Boosted trees on histograms, which know what is missing by themselves."""
    trees = HistGradientBoostingClassifier(
        max_iter=80,
        learning_rate=0.05,
        max_leaf_nodes=leaves,
        min_samples_leaf=20,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=SEED,
    )
    return make_pipeline(Selected(), trees)


def svm(strength: float, neighbors: bool = False) -> Pipeline:
    """A linear support vector machine, its margin made a probability (Platt 1999)."""
    machine = LinearSVC(C=strength, dual=False, random_state=SEED)
    return make_pipeline(*prepared(neighbors), CalibratedClassifierCV(machine, cv=folds()))


def nearest(count: int, neighbors: bool = False) -> Pipeline:
    """The share that came back among the nearest customers."""
    return make_pipeline(*prepared(neighbors), KNeighborsClassifier(count))


def perceptron(width: int, passes: int = 60) -> Pipeline:
    """A multi-layer perceptron with one hidden layer; `passes` over the customers at the most."""
    network = MLPClassifier((width,), alpha=1.0, max_iter=passes, random_state=SEED, tol=1e-3)
    network.set_params(n_iter_no_change=5, learning_rate_init=0.005)
    return make_pipeline(*prepared(), network)


def stack(strength: float) -> StackingClassifier:
    """A logistic regression of three classifiers' probabilities (Wolpert 1992)."""
    parts = [("logistic", logistic(0.05)), ("forest", forest(20)), ("boosting", boosting(8))]
    return StackingClassifier(parts, LogisticRegression(C=strength), cv=folds())


METHODS = {
    "purchase_decay": Method(
        logistic,
        [Setting("unpenalized", ("decayed_purchase_days",), {"strength": 1e6})],
    ),
    "logistic_regression": Method(
        logistic,
        [
            Setting("five features, L2", CORE, {"strength": 1.0}),
            Setting("all features, L2", None, {"strength": 0.01}),
            Setting("all features, L1", None, {"strength": 0.05, "l1": True}),
            Setting("five features, degree 2", CORE, {"strength": 0.05, "degree": 2}),
        ],
    ),
    "decision_tree": Method(
        tree,
        [Setting("depth 4", None, {"depth": 4}), Setting("depth 6", None, {"depth": 6})],
    ),
    "random_forest": Method(
        forest,
        [Setting("leaf 20", None, {"leaf": 20}), Setting("leaf 5", None, {"leaf": 5})],
    ),
    "gradient_boosting": Method(
        boosting,
        [Setting("8 leaves", None, {"leaves": 8}), Setting("24 leaves", None, {"leaves": 24})],
    ),
    "linear_svm": Method(
        svm,
        [
            Setting("median", None, {"strength": 0.01}),
            Setting("nearest neighbors", None, {"strength": 0.01, "neighbors": True}),
        ],
    ),
    "nearest_neighbors": Method(
        nearest,
        [
            Setting("100, median", None, {"count": 100}),
            Setting("100, nearest neighbors", None, {"count": 100, "neighbors": True}),
        ],
    ),
    "neural_network": Method(
        perceptron,
        [Setting("16 units", None, {"width": 16}), Setting("4 units", None, {"width": 4})],
    ),
    "stack": Method(stack, [Setting("of three", None, {"strength": 1.0})]),
}
CHURN = Task(
    outcome="has_purchased",
    methods=METHODS,
    rule=RULE,
    mean_of=("logistic_regression", "random_forest", "gradient_boosting"),
    is_amount=False,
)


def propensity(population: str) -> Task:
    """Whether visitors buy, or what they looked at is bought, by the classifiers of churn.

    The rules are a count on its logarithm, made a probability: what was put into the cart within
    the last days, what was viewed, and the customer's purchases.

    Parameters
    ----------
    population : str
        visitors or carts.
    """
    counts = {
        "carted_recently": "recent_cart_count",
        "viewed_most": "view_count",
        "bought_most": "purchase_count",
    }
    rules = {
        name: Method(logistic, [Setting("unpenalized", (column,), {"strength": 1e6})])
        for name, column in counts.items()
    }
    methods = {
        "logistic_regression": Method(
            logistic,
            [
                Setting("all features, L2", None, {"strength": 0.01}),
                Setting("all features, L1", None, {"strength": 0.05, "l1": True}),
            ],
        ),
        "neural_network": Method(
            perceptron, [Setting("16 units", None, {"width": 16, "passes": 500})]
        ),
    }
    others = {name: made for name, made in METHODS.items() if name not in (RULE, *methods)}
    first, *further = rules
    return Task(
        outcome="has_purchased",
        methods=rules | methods | others,
        rule=first,
        mean_of=CHURN.mean_of,
        is_amount=False,
        population=population,
        other_rules=tuple(further),
    )


VISITOR_PROPENSITY = propensity("visitors")
CART_PROPENSITY = propensity("carts")
