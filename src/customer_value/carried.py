"""A fit of churn that another shop made, from the file that `make freeze` wrote.

It learns nothing here: its terms (customer_value.linear_terms) are applied to this shop's customers
as they are. It is tried as of each date beside the methods that are fitted here, so closed windows
say what it is worth, and whether it beats the rule.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from customer_value.classifiers import CHURN
from customer_value.linear_terms import logit
from customer_value.predictors import Method, Setting
from sklearn.base import BaseEstimator, ClassifierMixin

NAME = "carried"


class Carried(ClassifierMixin, BaseEstimator):
    """A logistic regression whose terms are given.

    Parameters
    ----------
    terms : list of dict
        Each with coefficient, center, and of the first and of the other feature, where there is
        one, its place among the file's features, mean, deviation, fill and is_missing. The base has
        no feature.
    """

    def __init__(self, terms: list[dict[str, Any]]) -> None:
        self.terms = terms

    def fit(self, _: np.ndarray, outcomes: np.ndarray) -> "Carried":
        """Learn nothing."""
        self.classes_ = np.unique(outcomes)
        return self

    def predict_proba(self, numbers: np.ndarray) -> np.ndarray:
        """Customers × 2, the second column the probability to come back.

        Parameters
        ----------
        numbers : np.ndarray
            Customers × the file's features, NaN where missing.
        """
        total = np.zeros(len(numbers))
        for term in self.terms:
            value = np.ones(len(numbers))
            for feature in term["features"]:
                value = value * _values(numbers[:, feature["place"]], feature)
            total += term["coefficient"] * value - term["center"]
        probability = 1 / (1 + np.exp(-np.clip(total, logit(0), logit(1))))
        return np.column_stack([1 - probability, probability])


def _values(column: np.ndarray, feature: dict[str, Any]) -> np.ndarray:
    """A feature as the fit saw it: whether it is missing, or standardized and filled."""
    missing = np.isnan(column)
    if feature["is_missing"]:
        return missing.astype(np.float64)
    return np.where(missing, feature["fill"], (column - feature["mean"]) / feature["deviation"])


def register(path: str, shop: Any) -> None:
    """Add the fit of a file to the methods of churn; without a path there is none.

    Parameters
    ----------
    path : str
        The file, seen from the project's folder.
    shop
        The relation rpt_shop of the shop that is scored.

    Raises
    ------
    ValueError
        If the file is not there, is none that `make freeze` wrote, looks ahead another number of
        days, or is of this shop, whose windows it has seen.
    """
    CHURN.methods.pop(NAME, None)
    if not path:
        return
    try:
        fit = json.loads(Path(path).read_text(encoding="utf-8"))
        setting = Setting(f"of {fit['shop']}", tuple(fit["features"]), {"terms": fit["terms"]})
        fitted_shop, fitted_horizon = fit["shop"], fit["horizon_days"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"The var carried_fit is '{path}', which is no file that make freeze wrote: "
            "name one, or leave it out."
        ) from error
    (own,) = shop.select("shop_name, horizon_days").arrow().read_all().to_pylist()
    if own["shop_name"] == fitted_shop:
        raise ValueError(
            f"The var carried_fit is '{path}', a fit of {fitted_shop} itself, which has seen what "
            "it would foretell: name a fit of another shop."
        )
    if own["horizon_days"] != fitted_horizon:
        raise ValueError(
            f"The var carried_fit is '{path}', which looks {fitted_horizon} days ahead: set "
            "prediction_horizon_days to that, or leave it out."
        )
    CHURN.methods[NAME] = Method(Carried, [setting])
