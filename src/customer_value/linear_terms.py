"""A fitted linear model as terms that SQL can add up: of a logit, or of the root of an amount.

A term is a coefficient times a standardized feature, or times the product of two. A feature is a
number, whether a number is missing, or whether a word is the one named. What a term adds for a
customer beyond its mean over the customers fitted on is, for a linear model, the Shapley value of
its feature (Lundberg and Lee 2017, A unified approach to interpreting model predictions, section
4.2); for a product of two features, each of mean zero, half of it belongs to either.
"""

from typing import Any

import numpy as np
from customer_value.predictors import Predictor
from customer_value.trials import Sample

CLIP = 1e-6  # a probability of 0 or 1 has no logit


def logit(probability: float) -> float:
    """ln(p / (1 - p)), of a probability that is kept from 0 and 1 by a millionth."""
    kept = min(max(probability, CLIP), 1 - CLIP)
    return float(np.log(kept / (1 - kept)))


def columns_of(predictor: Predictor) -> list[dict[str, Any]]:
    """What each column is after filling: the feature, its standardization and its fill.

    Parameters
    ----------
    predictor : Predictor
        A fitted one, whose estimator is a pipeline of `prepared` steps.

    Returns
    -------
    list of dict
        feature_number (from 1), word or None, is_missing, mean, deviation, fill.
    """
    selected, scaler, imputer = (step for _, step in predictor.estimator.steps[:3])
    numbers = len(predictor.places)
    described = []
    for k, place in enumerate(selected.columns_):
        is_word = place >= numbers
        feature, word = (
            predictor.encoder.words[place - numbers] if is_word else (predictor.places[place], None)
        )
        described.append(
            {
                "feature_number": int(feature) + 1,
                "word": word,
                "is_missing": False,
                "mean": float(scaler.mean_[k]),
                "deviation": float(scaler.scale_[k]),
                "fill": float(imputer.statistics_[k]),
            }
        )
    missing = [described[k] for k in imputer.indicator_.features_]
    same = {"word": None, "is_missing": True, "mean": 0.0, "deviation": 1.0, "fill": 0.0}
    return described + [{"feature_number": one["feature_number"]} | same for one in missing]


def terms(predictor: Predictor, numbers: np.ndarray, words: np.ndarray) -> list[dict[str, Any]]:
    """The terms of a fitted linear model, the first its base: the mean logit, or root of an amount.

    Parameters
    ----------
    predictor : Predictor
        A fitted one of a linear method.
    numbers, words : np.ndarray
        Customers × features: those fitted on.

    Returns
    -------
    list of dict
        term_number, feature_number, other_feature_number, word, is_missing, coefficient, center
        (the mean of what the term gives), and mean, deviation, fill of both features. The base has
        no feature, and its coefficient is what a customer has in whom all terms are at their mean;
        it alone has the factor by which the square of a root is multiplied.
    """
    if predictor.constant is not None:
        made = np.sqrt if predictor.is_amount else logit
        base = float(made(predictor.constant))
        return [{"term_number": 0, "coefficient": base, "center": 0.0, "factor": 1.0}]
    steps = [step for _, step in predictor.estimator.steps]
    columns = columns_of(predictor)
    matrix = predictor.encoder.transform(numbers, words)
    values = predictor.estimator[:-1].transform(matrix)
    powers = (
        steps[3].powers_ if len(steps) > 4 else np.eye(len(columns), dtype=int)
    )  # which columns a term multiplies
    coefficients = np.atleast_2d(steps[-1].coef_)[0]
    centers = coefficients * values.mean(axis=0)
    base = float(np.ravel(steps[-1].intercept_)[0] + centers.sum())
    factor = predictor.factor
    found = [{"term_number": 0, "coefficient": base, "center": 0.0, "factor": factor}]
    for number, (power, coefficient, center) in enumerate(
        zip(powers, coefficients, centers, strict=True), start=1
    ):
        if coefficient == 0:
            continue
        first, *others = np.repeat(np.arange(len(columns)), power)
        row = columns[first] | {"term_number": number, "coefficient": float(coefficient)}
        if others:
            other = columns[others[0]]
            row |= {
                "other_feature_number": other["feature_number"],
                "other_mean": other["mean"],
                "other_deviation": other["deviation"],
                "other_fill": other["fill"],
            }
        found.append(row | {"center": float(center)})
    return found


def linear_contributions(
    predictor: Predictor, learned: Sample, numbers: np.ndarray, words: np.ndarray
) -> np.ndarray:
    """What each number adds to the logit beyond its mean over those fitted on: Shapley values.

    Parameters
    ----------
    predictor : Predictor
        A fitted logistic regression without products of features and without words.
    learned : Sample
        Those that it was fitted on.
    numbers, words : np.ndarray
        Rows × features.

    Returns
    -------
    np.ndarray
        Rows × numbers; whether a number is missing belongs to the number.
    """
    added = np.zeros(numbers.shape)
    if predictor.constant is not None:
        return added
    prepared = predictor.estimator[:-1]
    coefficients = predictor.estimator[-1].coef_[0]
    places = [column["feature_number"] - 1 for column in columns_of(predictor)]
    mean = prepared.transform(predictor.encoder.transform(learned.numbers, learned.words)).mean(0)
    values = prepared.transform(predictor.encoder.transform(numbers, words))
    np.add.at(added.T, places, (coefficients * (values - mean)).T)
    return added
