"""How probable it is that each arm of a campaign is the best one.

The arms' means are drawn from what is known of each: Beta(1 + s, 1 + n - s) where s of n did
something, Student's t around the mean where money is spent. This is the share of customers that
Thompson sampling would give to each arm (Thompson 1933, Biometrika 25).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy import special

NODES, WEIGHTS = np.polynomial.legendre.leggauss(512)
SCHEMA = pa.schema(
    [
        ("campaign_id", pa.string()),
        ("metric", pa.string()),
        ("arm", pa.string()),
        ("probability_is_best", pa.float64()),
    ]
)


class Known(NamedTuple):
    """What is known of an arm's mean: a distribution, and its quantiles by probabilities."""

    cdf: Callable[[np.ndarray], np.ndarray]
    quantile: Callable[[np.ndarray], np.ndarray]


def knowledge(row: dict) -> Known | None:
    """What is known of an arm's mean; None where all its customers did the same.

    Parameters
    ----------
    row : dict
        metric, contacted_count, outcome, mean_outcome and outcome_variance of the arm.
    """
    count = row["contacted_count"]
    if row["metric"] != "spend":
        a, b = 1 + float(row["outcome"]), 1 + count - float(row["outcome"])
        return Known(
            lambda x: special.betainc(a, b, np.clip(x, 0, 1)),
            lambda u: special.betaincinv(a, b, u),
        )
    if not row["outcome_variance"]:
        return None
    mean, error = row["mean_outcome"], np.sqrt(row["outcome_variance"] / count)
    return Known(
        lambda x: special.stdtr(count - 1, (x - mean) / error),
        lambda u: mean + error * special.stdtrit(count - 1, u),
    )


def best_probabilities(arms: list[Known]) -> np.ndarray:
    """P(arm i is above all others) = ∫ Π_{j ≠ i} F_j(F_i⁻¹(u)) du, by Gauss and Legendre.

    Parameters
    ----------
    arms : list of Known
        Two or more.

    Returns
    -------
    np.ndarray
        One probability each; they sum to 1.
    """
    places, shares = (NODES + 1) / 2, WEIGHTS / 2
    chances = [
        shares
        @ np.prod([other.cdf(arm.quantile(places)) for other in arms if other is not arm], axis=0)
        for arm in arms
    ]
    return np.array(chances) / sum(chances)


def model(dbt, session):
    """One row per campaign, metric and arm, the control among them."""
    arms = dbt.ref("int_campaign_arms")
    rows = arms.order("campaign_id, metric, arm").arrow().read_all().to_pylist()
    found = []
    for key in dict.fromkeys((row["campaign_id"], row["metric"]) for row in rows):
        group = [row for row in rows if (row["campaign_id"], row["metric"]) == key]
        known = [knowledge(row) for row in group]
        if len(group) > 1 and None not in known:
            for row, chance in zip(group, best_probabilities(known), strict=True):
                found.append(
                    {
                        "campaign_id": key[0],
                        "metric": key[1],
                        "arm": row["arm"],
                        "probability_is_best": float(chance),
                    }
                )
    return pa.Table.from_pylist(found, schema=SCHEMA)
