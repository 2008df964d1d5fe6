"""A fit that another shop made, of churn and of segments, from the file that `make freeze` wrote.

Nothing is learned here. The terms of churn (customer_value.linear_terms) are applied to this shop's
customers as they are, as of each date beside the methods that are fitted here, so closed windows
say what they are worth, and whether they beat the rule. Customers go to the nearest of the centers,
on the scale of the shop that made them, and the scorecard says what that tells.
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
        As `read` says, or if the fit looks ahead another number of days.
    """
    CHURN.methods.pop(NAME, None)
    if not path:
        return
    fit, own = read(path, shop)
    if own["horizon_days"] != fit["horizon_days"]:
        raise ValueError(
            f"The var carried_fit is '{path}', which looks {fit['horizon_days']} days ahead: set "
            "prediction_horizon_days to that, or leave it out."
        )
    setting = Setting(f"of {fit['shop']}", tuple(fit["features"]), {"terms": fit["terms"]})
    CHURN.methods[NAME] = Method(Carried, [setting])


def read_segments(path: str, shop: Any, features: Any) -> list[dict[str, Any]]:
    """The centers of a file, each segmentation as `carried_` and its name.

    Parameters
    ----------
    path, shop
        As of `register`.
    features
        The relation int_segment_features of the shop that is scored.

    Raises
    ------
    ValueError
        As `read` says, or if a segmentation of the file has other features here, on which its
        centers say nothing.
    """
    fit, _ = read(path, shop)
    rows = features.order("segmentation, feature_number").select("segmentation, feature")
    own: dict[str, list[str]] = {}
    for row in rows.arrow().read_all().to_pylist():
        own.setdefault(row["segmentation"], []).append(row["feature"])
    for segments in fit["segments"]:
        name = segments["segmentation"]
        if own.get(name) != segments["features"]:
            raise ValueError(
                f"The var carried_fit is '{path}', whose segmentation {name} has the features "
                f"{', '.join(segments['features'])}: give the var segmentations one of that name "
                "with these features in this order, or leave carried_fit out."
            )
    return [
        {**segments, "segmentation": f"carried_{segments['segmentation']}"}
        for segments in fit["segments"]
    ]


def read(path: str, shop: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a file has, and the shop that is scored (shop_name, horizon_days).

    Raises
    ------
    ValueError
        If the file is not there, is none that `make freeze` wrote, or is of this shop, whose
        windows it has seen.
    """
    try:
        fit = json.loads(Path(path).read_text(encoding="utf-8"))
        known = [fit[name] for name in ("shop", "horizon_days", "features", "terms", "segments")]
        is_whole = isinstance(known[0], str) and all(isinstance(one, list) for one in known[2:])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(path) from error
    if not is_whole:
        raise _unreadable(path)
    (own,) = shop.select("shop_name, horizon_days").arrow().read_all().to_pylist()
    if own["shop_name"] == fit["shop"]:
        raise ValueError(
            f"The var carried_fit is '{path}', a fit of {fit['shop']} itself, which has seen what "
            "it would foretell: name a fit of another shop."
        )
    return fit, own


def _unreadable(path: str) -> ValueError:
    return ValueError(
        f"The var carried_fit is '{path}', which is no file that make freeze of this version "
        "wrote: name one, or leave it out."
    )
