"""What a method of predicting is: a fitted pipeline, on the scale on which it learns.

Imputation, indicators of what is missing, scaling and encoding are steps of each fitted pipeline,
so they are learned from the customers that it is fitted on and from nobody else. A method is a
function of the setting's values that gives an unfitted scikit-learn estimator; its grid is small.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.preprocessing import StandardScaler

SEED = 0
COMMON_WORDS = 10  # of a feature of words so many become columns
WORD_CUSTOMERS = 20  # with at least so many customers
Columns = tuple[str, ...] | None


class Setting(NamedTuple):
    """A point of a method's grid: its name, the features it uses (None for all), its values."""

    name: str
    columns: Columns
    values: dict[str, Any]


class Method(NamedTuple):
    """A function that makes an unfitted estimator, and its grid, the usual setting first."""

    make: Callable[..., Any]
    grid: list[Setting]


class Task(NamedTuple):
    """What is predicted of customers.

    outcome : the column of the samples that says what followed; methods : by their names, the rules
    that are fitted first, where there are some; rule : the name of the one to beat; mean_of : the
    methods whose mean is taken where no window has closed; is_amount : an amount or a count,
    learned on the scale of its root, else a probability; population : whose samples it is about;
    other_rules : the names of further rules, which are no part of the mean.
    """

    outcome: str
    methods: dict[str, Method]
    rule: str | None
    mean_of: tuple[str, ...]
    is_amount: bool
    population: str = "customers"
    other_rules: tuple[str, ...] = ()

    def loss(self, predictions: np.ndarray, outcomes: np.ndarray) -> float:
        """Mean absolute error of amounts, mean squared error (Brier 1950) of probabilities."""
        errors = np.abs(predictions - outcomes)
        return float(np.mean(errors if self.is_amount else errors**2))


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


def prepared(neighbors: bool = False) -> list[BaseEstimator]:
    """Steps that scale and fill: by the median, or by the nearest customers, with indicators."""
    imputer = KNNImputer(n_neighbors=10) if neighbors else SimpleImputer(strategy="median")
    imputer.set_params(add_indicator=True)
    return [Selected(), StandardScaler(), imputer]


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


class Predictor:
    """A method with one setting, fitted on one window's customers.

    Amounts are learned by their square roots, since errors grow with amounts, and below zero as
    zero. What comes out is squared, and multiplied by what makes the total that of the customers
    fitted on (`factor`), because the square of a mean is less than the mean of squares (Duan 1983,
    Smearing estimate).

    Parameters
    ----------
    task : Task
        What is predicted.
    method : str
        A name of the task's methods.
    setting : str
        A name of the method's grid.
    names : list of str
        The numbers' names, in their order.
    """

    def __init__(self, task: Task, method: str, setting: str, names: list[str]) -> None:
        make, grid = task.methods[method]
        (chosen,) = (point for point in grid if point.name == setting)
        columns = chosen.columns
        self.is_amount = task.is_amount
        self.places = (
            tuple(range(len(names)))
            if columns is None
            else tuple(names.index(name) for name in columns)
        )
        self.encoder = Encoder(None if columns is None else self.places)
        self.estimator = make(**chosen.values)
        self.constant: float | None = None
        self.factor = 1.0

    def fit(self, numbers: np.ndarray, words: np.ndarray, outcomes: np.ndarray) -> "Predictor":
        """Fit on customers and what followed.

        Parameters
        ----------
        numbers, words : np.ndarray
            Customers × features.
        outcomes : np.ndarray
            Shape (customers,), of bool or amounts. Where no feature differs, or all did the same,
            everybody gets the mean.
        """
        matrix = self.encoder.fit(words).transform(numbers, words)
        if not len(Selected().fit(matrix).columns_) or len(np.unique(outcomes)) < 2:
            self.constant = max(float(outcomes.mean()), 0.0)
            return self
        if not self.is_amount:
            self.estimator.fit(matrix, outcomes.astype(int))
            return self
        self.estimator.fit(matrix, np.sqrt(np.maximum(outcomes, 0)))
        total = self._squares(matrix).sum()
        self.factor = float(max(outcomes.sum(), 0) / total) if total > 0 else 1.0
        return self

    def predict(self, numbers: np.ndarray, words: np.ndarray) -> np.ndarray:
        """The probability, or the amount, of each customer, shape (customers,)."""
        if self.constant is not None:
            return np.full(len(numbers), self.constant)
        if not len(numbers):
            return np.zeros(0)
        matrix = self.encoder.transform(numbers, words)
        if self.is_amount:
            return self.factor * self._squares(matrix)
        return self.estimator.predict_proba(matrix)[:, 1]

    def _squares(self, matrix: np.ndarray) -> np.ndarray:
        return np.maximum(self.estimator.predict(matrix), 0) ** 2
