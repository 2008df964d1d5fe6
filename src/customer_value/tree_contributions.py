"""What each feature adds to a tree's, a forest's or boosted trees' answer: Shapley values.

By the `shap` library's tree explainer (Lundberg et al. 2020, From local explanations to global
understanding with explainable AI for trees): along the paths of the trees, so that base and
contributions add up to the answer. That is a probability for a tree and a forest, and a logit for
boosted trees.
"""

from importlib.util import find_spec

import numpy as np
from customer_value.predictors import Predictor

EXPLAINED = ("decision_tree", "random_forest", "gradient_boosting")


def is_available() -> bool:
    """Whether the library is installed; without it such methods have no reasons."""
    return find_spec("shap") is not None


def feature_of_columns(predictor: Predictor, names: list[str]) -> np.ndarray:
    """The feature that each column of the trees is about.

    Parameters
    ----------
    predictor : Predictor
        A fitted one of EXPLAINED.
    names : list of str
        The names of the numbers, and then of the words.

    Returns
    -------
    np.ndarray
        Shape (columns,), of int: places in `names`.
    """
    selected, *others = (step for _, step in predictor.estimator.steps)
    numbers = len(predictor.places)
    words = [numbers + feature for feature, _ in predictor.encoder.words]
    places = np.array([*range(numbers), *words], dtype=int)[selected.columns_]
    if len(others) == 1:
        return places
    return np.concatenate([places, places[others[0].indicator_.features_]])


def contributions(
    predictor: Predictor, numbers: np.ndarray, words: np.ndarray, names: list[str]
) -> tuple[float, np.ndarray]:
    """Base and contributions of features to the answer for customers.

    Parameters
    ----------
    predictor : Predictor
        A fitted one of EXPLAINED.
    numbers, words : np.ndarray
        Customers × features.
    names : list of str
        The names of the numbers, and then of the words.

    Returns
    -------
    tuple
        The base, and customers × names; a row and the base add up to the answer.
    """
    from shap import TreeExplainer  # takes seconds, and is needed only where trees are served

    matrix = predictor.estimator[:-1].transform(predictor.encoder.transform(numbers, words))
    explainer = TreeExplainer(predictor.estimator[-1])
    values = np.asarray(explainer.shap_values(matrix, check_additivity=False))
    values = values[..., 1] if values.ndim == 3 else values
    features = feature_of_columns(predictor, names)
    added = np.zeros((len(numbers), len(names)))
    np.add.at(added.T, features, values.T)
    return float(np.ravel(explainer.expected_value)[-1]), added
