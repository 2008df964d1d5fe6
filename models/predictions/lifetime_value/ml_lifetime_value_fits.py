"""The parameters of BG/NBD and Gamma-Gamma as of every date, and how well they are known.

The methods are in ``customer_value.lifetime_value``. A fit may converge and say nothing: where
purchases do not tell when customers stop, a runs to zero and b to infinity, the gradient is zero
and all starts agree. So a parameter at its bound is a status of its own.
"""

from datetime import date

import numpy as np
import pyarrow as pa
from customer_value.days import days, read_day
from customer_value.lifetime_value import (
    Fit,
    fit_bg_nbd,
    fit_gamma_gamma,
    rank_correlation,
    repeat_count_probabilities,
)
from customer_value.threads import sum_in_one_order

MIN_REPEAT_BUYERS = 20  # with fewer a fit is made of a handful of people
DAYS_PER_WEEK = 7
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("model", pa.string()),
        ("status", pa.string()),
        ("is_usable", pa.bool_()),
        ("parameters", pa.list_(pa.float64())),
        ("standard_errors", pa.list_(pa.float64())),
        ("at_bound", pa.list_(pa.bool_())),
        ("log_likelihood", pa.float64()),
        ("largest_gradient", pa.float64()),
        ("start_count", pa.int32()),
        ("agreeing_start_count", pa.int32()),
        ("customer_count", pa.int64()),
        ("pattern_count", pa.int64()),
        ("expected_customer_counts", pa.list_(pa.float64())),
        ("count_value_correlation", pa.float64()),
    ]
)


def purchase_status(fit: Fit) -> str:
    """What the data says of the parameters r, α, a, b of BG/NBD."""
    if not fit.has_converged:
        return "not_converged"
    if fit.is_unknown[2:].any():
        return "drop_out_not_identified"
    return "rates_not_identified" if fit.is_unknown.any() else "identified"


def spend_status(fit: Fit) -> str:
    """What the data says of p, q, v of Gamma-Gamma; with q ≤ 1 the mean is infinite."""
    if not fit.has_converged:
        return "not_converged"
    if fit.parameters[1] <= 1:
        return "mean_not_finite"
    return "spread_not_identified" if fit.is_unknown.any() else "identified"


def row(key: dict, counts: np.ndarray, status: str, fit: Fit | None = None) -> dict:
    """A row by the names of SCHEMA.

    Parameters
    ----------
    key : dict
        The date and the model.
    counts : np.ndarray
        Customers of each pattern.
    status : str
        Of the fit, or why there is none.
    fit : Fit, optional
        What was found.
    """
    figures = {"customer_count": int(counts.sum()), "pattern_count": len(counts)}
    if fit is not None:
        figures |= {
            "parameters": fit.parameters.tolist(),
            "standard_errors": [
                None if np.isnan(error) else float(error) for error in fit.standard_errors
            ],
            "at_bound": fit.at_bound.tolist(),
            "log_likelihood": fit.log_likelihood,
            "largest_gradient": fit.largest_gradient,
            "start_count": fit.start_count,
            "agreeing_start_count": fit.agreeing_start_count,
        }
    usable = status not in ("not_converged", "mean_not_finite", "too_few_repeat_buyers")
    return key | {"status": status, "is_usable": usable} | figures


def fit_purchases(
    key: dict, repeats: np.ndarray, active: np.ndarray, age: np.ndarray, counts: np.ndarray
) -> dict:
    """BG/NBD as of one date.

    Parameters
    ----------
    key : dict
        The date and the model.
    repeats, active, age : np.ndarray
        x, and t_x and T in days, of each pattern.
    counts : np.ndarray
        Customers of each.

    Returns
    -------
    dict
        A row by the names of SCHEMA; without parameters where too few have bought again.
    """
    if counts[repeats > 0].sum() < MIN_REPEAT_BUYERS:
        return row(key, counts, "too_few_repeat_buyers")
    fit = fit_bg_nbd(repeats, active / DAYS_PER_WEEK, age / DAYS_PER_WEEK, counts)
    ages, age_of = np.unique(age, return_inverse=True)
    expected = repeat_count_probabilities(fit.parameters, ages / DAYS_PER_WEEK)
    return row(key, counts, purchase_status(fit), fit) | {
        "expected_customer_counts": (np.bincount(age_of, counts) @ expected).tolist()
    }


def fit_spend(key: dict, repeats: np.ndarray, amounts: np.ndarray, counts: np.ndarray) -> dict:
    """Gamma-Gamma as of one date.

    Parameters
    ----------
    key : dict
        The date and the model.
    repeats, amounts : np.ndarray
        Repeat purchase days and what was spent since the first one, of each pattern.
    counts : np.ndarray
        Customers of each.

    Returns
    -------
    dict
        A row by the names of SCHEMA; without parameters where too few have bought again.
    """
    if counts.sum() < MIN_REPEAT_BUYERS:
        return row(key, counts, "too_few_repeat_buyers")
    means = amounts / repeats
    fit = fit_gamma_gamma(repeats, means, counts)
    correlation = rank_correlation(repeats, means, counts)
    return row(key, counts, spend_status(fit), fit) | {
        "count_value_correlation": None if np.isnan(correlation) else correlation
    }


def fits_of(day: date, purchases: list[np.ndarray], spend: list[np.ndarray]) -> list[dict]:
    """Both models as of one date.

    Parameters
    ----------
    day : date
        The as-of date.
    purchases : list of np.ndarray
        x, t_x, T in days, and customers of each purchase pattern.
    spend : list of np.ndarray
        x, amounts, and customers of each spend pattern; may be empty.
    """
    return [
        fit_purchases({"as_of_date": day, "model": "bg_nbd"}, *purchases),
        fit_spend({"as_of_date": day, "model": "gamma_gamma"}, *spend),
    ]


def model(dbt, session):
    """One row per as-of date and model."""
    sum_in_one_order()
    patterns = dbt.ref("int_purchase_patterns")
    spend = dbt.ref("int_spend_patterns")
    rows = []
    for day in days(patterns):
        rows += fits_of(
            day,
            read_day(patterns, day, "repeat_count, active_days, age_days, customer_count"),
            read_day(spend, day, "repeat_count, cast(repeat_amount as double), customer_count"),
        )
    return pa.Table.from_pylist(rows, schema=SCHEMA)
