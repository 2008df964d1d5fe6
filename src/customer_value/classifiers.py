"""The classifiers that are tried on whether customers come back, each with a small grid.

Imputation, indicators of what is missing, scaling and encoding are steps of each fitted pipeline,
so they are learned from the customers that it is fitted on and from nobody else. A method is a
function of the setting's values that gives an unfitted scikit-learn estimator.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
)
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

SEED = 0
# measured on UCI as of 2011-09-10: five logarithms rank as well as eighteen, and are better
# calibrated (docs/models/churn.md)
CORE = (
    "recency_days",
    "purchase_days_count",
    "monetary_amount",
    "tenure_days",
    "average_order_amount",
)
RULES = {"purchase_decay": ("decayed_purchase_days",)}  # a score in SQL, given a probability
COMMON_WORDS = 10  # of a feature of words so many become columns
WORD_CUSTOMERS = 20  # with at least so many customers
Columns = tuple[str, ...] | None


class Setting(NamedTuple):
    """A point of a method's grid: its name, the features it uses (None for all), its values."""

    name: str
    columns: Columns
    values: dict[str, Any]


class Selected(BaseEstimator, TransformerMixin):
    """The columns that say something: not constant, and not missing for all.

    Attributes
    ----------
    columns_ : np.ndarray
        Their places, after `fit`.
    """

    def fit(self, numbers: np.ndarray, _: Any = None) -> "Selected":
        """Learn which columns differ among the customers that are fitted on.

        Parameters
        ----------
        numbers : np.ndarray
            Customers × features, NaN where missing.
        """
        known = np.where(np.isnan(numbers), -np.inf, numbers).max(axis=0, initial=-np.inf)
        least = np.where(np.isnan(numbers), np.inf, numbers).min(axis=0, initial=np.inf)
        self.columns_ = np.flatnonzero(known - np.where(known == -np.inf, 0, least) > 1e-9)
        return self

    def transform(self, numbers: np.ndarray) -> np.ndarray:
        """Customers × selected columns."""
        return numbers[:, self.columns_]


def folds() -> StratifiedKFold:
    """Three parts of the customers fitted on, for what calibrates or stacks."""
    return StratifiedKFold(3, shuffle=True, random_state=SEED)


def prepared(neighbors: bool = False) -> list[BaseEstimator]:
    """Steps that scale and fill: by the median, or by the nearest customers, with indicators."""
    imputer = KNNImputer(n_neighbors=10) if neighbors else SimpleImputer(strategy="median")
    imputer.set_params(add_indicator=True)
    return [Selected(), StandardScaler(), imputer]


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


def perceptron(width: int) -> Pipeline:
    """A multi-layer perceptron with one hidden layer."""
    network = MLPClassifier((width,), alpha=1.0, max_iter=60, random_state=SEED, tol=1e-3)
    network.set_params(n_iter_no_change=5, learning_rate_init=0.005)
    return make_pipeline(*prepared(), network)


def stack(strength: float) -> StackingClassifier:
    """A logistic regression of three classifiers' probabilities (Wolpert 1992)."""
    parts = [("logistic", logistic(0.05)), ("forest", forest(20)), ("boosting", boosting(8))]
    return StackingClassifier(parts, LogisticRegression(C=strength), cv=folds())


METHODS: dict[str, tuple[Callable[..., Any], list[Setting]]] = {
    "purchase_decay": (
        logistic,
        [Setting("unpenalized", RULES["purchase_decay"], {"strength": 1e6})],
    ),
    "logistic_regression": (
        logistic,
        [
            Setting("five features, L2", CORE, {"strength": 1.0}),
            Setting("all features, L2", None, {"strength": 0.01}),
            Setting("all features, L1", None, {"strength": 0.05, "l1": True}),
            Setting("five features, degree 2", CORE, {"strength": 0.05, "degree": 2}),
        ],
    ),
    "decision_tree": (
        tree,
        [Setting("depth 4", None, {"depth": 4}), Setting("depth 6", None, {"depth": 6})],
    ),
    "random_forest": (
        forest,
        [Setting("leaf 20", None, {"leaf": 20}), Setting("leaf 5", None, {"leaf": 5})],
    ),
    "gradient_boosting": (
        boosting,
        [Setting("8 leaves", None, {"leaves": 8}), Setting("24 leaves", None, {"leaves": 24})],
    ),
    "linear_svm": (
        svm,
        [
            Setting("median", None, {"strength": 0.01}),
            Setting("nearest neighbors", None, {"strength": 0.01, "neighbors": True}),
        ],
    ),
    "nearest_neighbors": (
        nearest,
        [
            Setting("100, median", None, {"count": 100}),
            Setting("100, nearest neighbors", None, {"count": 100, "neighbors": True}),
        ],
    ),
    "neural_network": (
        perceptron,
        [Setting("16 units", None, {"width": 16}), Setting("4 units", None, {"width": 4})],
    ),
    "stack": (stack, [Setting("of three", None, {"strength": 1.0})]),
}
MEAN = "mean"
MEAN_OF = ("logistic_regression", "random_forest", "gradient_boosting")  # where nothing is known
LINEAR = ("purchase_decay", "logistic_regression")  # those that SQL applies


class Encoder:
    """Numbers as they are, and a column for each common word of each feature of words.

    A word that is rare, unknown or missing has no column, so it counts as none of the others.

    Parameters
    ----------
    columns : tuple of int or None
        The places of the numbers that are used, and no words; None for all, with words.
    """

    def __init__(self, columns: tuple[int, ...] | None) -> None:
        self.columns = columns
        self.words: list[tuple[int, str]] = []

    def fit(self, words: np.ndarray) -> "Encoder":
        """Learn which words are common.

        Parameters
        ----------
        words : np.ndarray
            Customers × features, objects; None where missing.
        """
        if self.columns is not None:
            return self
        for place in range(words.shape[1]):
            known = [word for word in words[:, place] if word is not None]
            names, counts = np.unique(np.array(known, dtype=str), return_counts=True)
            order = np.lexsort((names, -counts))[:COMMON_WORDS]
            self.words += [(place, str(names[k])) for k in order if counts[k] >= WORD_CUSTOMERS]
        return self

    def transform(self, numbers: np.ndarray, words: np.ndarray) -> np.ndarray:
        """Customers × (numbers used, then the columns of words), NaN where a number is missing."""
        used = numbers if self.columns is None else numbers[:, list(self.columns)]
        dummies = [(words[:, place] == word).astype(np.float64) for place, word in self.words]
        return np.column_stack([used, *dummies]) if dummies else used


class Classifier:
    """A method with one setting, fitted on one window's customers.

    Parameters
    ----------
    method : str
        A name of METHODS.
    setting : str
        A name of the method's grid.
    names : list of str
        The numbers' names, in their order.
    """

    def __init__(self, method: str, setting: str, names: list[str]) -> None:
        make, grid = METHODS[method]
        (chosen,) = (point for point in grid if point.name == setting)
        columns = chosen.columns
        self.places = (
            tuple(range(len(names)))
            if columns is None
            else tuple(names.index(name) for name in columns)
        )
        self.encoder = Encoder(None if columns is None else self.places)
        self.estimator = make(**chosen.values)
        self.constant: float | None = None

    def fit(self, numbers: np.ndarray, words: np.ndarray, came_back: np.ndarray) -> "Classifier":
        """Fit on customers and what followed.

        Parameters
        ----------
        numbers, words : np.ndarray
            Customers × features.
        came_back : np.ndarray
            Shape (customers,), of bool. Where no feature differs, or all did the same, everybody
            gets the share that came back.
        """
        matrix = self.encoder.fit(words).transform(numbers, words)
        if not len(Selected().fit(matrix).columns_) or len(np.unique(came_back)) < 2:
            self.constant = float(came_back.mean())
            return self
        self.estimator.fit(matrix, came_back.astype(int))
        return self

    def probabilities(self, numbers: np.ndarray, words: np.ndarray) -> np.ndarray:
        """The probability of coming back, shape (customers,)."""
        if self.constant is not None:
            return np.full(len(numbers), self.constant)
        if not len(numbers):
            return np.zeros(0)
        return self.estimator.predict_proba(self.encoder.transform(numbers, words))[:, 1]
