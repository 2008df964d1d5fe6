"""Purchases to expect of a customer who has not stopped, for every history of one length.

Equation 10 of Fader, Hardie, Lee (2005) is this times the probability of being alive. The first
needs the hypergeometric function and depends on x and T alone, so it is made here once for each of
their pairs; the second is a formula, which SQL applies to every customer.
"""

import numpy as np
import pyarrow as pa
from customer_value.days import day_table, days, read_day, result
from customer_value.lifetime_value import discounted_if_alive, expected_if_alive

DAYS_PER_WEEK = 7
DAYS_PER_YEAR = 365
STEPS = 52  # of the time ahead, in which purchases are discounted: a week each in a year
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("horizon_days", pa.int32()),
        ("repeat_count", pa.int32()),
        ("age_days", pa.int32()),
        ("expected_if_alive", pa.float64()),
        ("discounted_if_alive", pa.float64()),
    ]
)


def expectations(
    parameters: np.ndarray, repeats: np.ndarray, age_days: np.ndarray, horizon: int, rate: float
) -> tuple[np.ndarray, np.ndarray]:
    """Expected purchases within a horizon, and within a year the same discounted to today.

    Parameters
    ----------
    parameters : np.ndarray
        r, α, a, b of BG/NBD, α in weeks.
    repeats, age_days : np.ndarray
        x, and T in days.
    horizon : int
        How many days ahead.
    rate : float
        Discount of a year: what is bought in a year is worth 1 / (1 + rate).

    Returns
    -------
    tuple of np.ndarray
        Both as long as `repeats`; the second is nan for another horizon than a year.
    """
    age, ahead = age_days / DAYS_PER_WEEK, horizon / DAYS_PER_WEEK
    expected = expected_if_alive(parameters, repeats, age, ahead)
    if horizon != DAYS_PER_YEAR:
        return expected, np.full(len(expected), np.nan)
    weekly = np.log1p(rate) * DAYS_PER_WEEK / DAYS_PER_YEAR
    times = ahead * np.arange(1, STEPS + 1) / STEPS
    return expected, discounted_if_alive(parameters, repeats, age, times, weekly)


def model(dbt, session):
    """One row per as-of date, horizon, number of repeat purchase days and age."""
    patterns = dbt.ref("int_purchase_patterns")
    windows = dbt.ref("int_lifetime_value_windows")
    fits = dbt.ref("ml_lifetime_value_fits").filter("model = 'bg_nbd' and is_usable")
    rate = dbt.config.meta_get("annual_discount_rate")
    tables = []
    for day in days(fits):
        ((parameters,),) = read_day(fits, day, "parameters")
        repeats, age = read_day(patterns, day, "repeat_count, age_days")
        repeats, age = np.unique(np.column_stack((repeats, age)), axis=0).T
        for horizon in sorted(read_day(windows, day, "horizon_days")[0].tolist()):
            expected, discounted = expectations(
                np.array(parameters, dtype=np.float64), repeats, age, horizon, rate
            )
            ahead = np.full(len(repeats), horizon)
            discounted = pa.array(discounted, from_pandas=True)  # nan is null
            tables.append(day_table(SCHEMA, day, ahead, repeats, age, expected, discounted))
    return result(SCHEMA, tables)
