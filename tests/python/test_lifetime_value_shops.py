"""Lifetime value on CDNOW, as published, and on shops of which nothing can be said."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from conftest import MakeShop, Shop
from test_odd_shops import COLUMNS, table

pytestmark = pytest.mark.shops

MARTS = (
    "fct_customer_lifetime_value",
    "rpt_lifetime_value_fit",
    "rpt_lifetime_value_repeats",
    "rpt_lifetime_value_calibration",
    "rpt_model_scorecard",
)
# Fader, Hardie, Lee (2005), table 2, and Fader and Hardie (2013), 39 weeks of calibration
CALIBRATION_END = "1997-10-01"
PARAMETERS = {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}
SPEND_PARAMETERS = {"p": 6.2496, "q": 3.7442, "v": 15.4435}
LOG_LIKELIHOODS = {"bg_nbd": -9582.429, "gamma_gamma": -4055.918}
CUSTOMERS = 150
FIRST = date(2023, 1, 1)
Line = tuple[Any, ...]


@pytest.fixture(scope="module")
def cdnow(make_real_shop: MakeShop) -> Shop:
    """CDNOW with the 39 weeks after its calibration as the horizon."""
    return make_real_shop("cdnow", prediction_horizon_days=273).up_to(*MARTS)


def test_parameters_are_as_published(cdnow: Shop) -> None:
    """To four digits, and log-likelihoods to .01; all starts agree."""
    rows = cdnow.rows(
        "select model, parameter, value, log_likelihood, status, start_count, agreeing_start_count "
        f"from marts.rpt_lifetime_value_fit where as_of_date = '{CALIBRATION_END}'"
    )
    found = {parameter: value for _, parameter, value, *_ in rows}
    assert found == pytest.approx({**PARAMETERS, **SPEND_PARAMETERS}, rel=1e-4)
    for model, _, _, log_likelihood, status, starts, agreeing in rows:
        assert log_likelihood == pytest.approx(LOG_LIKELIHOODS[model], abs=0.01)
        assert (status, agreeing) == ("identified", starts)


def test_hold_out_is_as_published(cdnow: Shop) -> None:
    """1,882 repeat purchases, of which the fit expects 1,653; correlation, error and AUC."""
    metrics = dict(
        cdnow.rows(
            "select metric, value from marts.rpt_model_scorecard where method = 'bg_nbd' "
            "and list = 'purchases within 273 days' and slice = 'all customers' "
            f"and as_of_date = '{CALIBRATION_END}'"
        )
    )
    expected = {"correlation": 0.626, "mae": 0.785, "auc": 0.773, "bias": 1653 / 1882 - 1}
    assert {name: float(metrics[name]) for name in expected} == pytest.approx(expected, abs=6e-4)


def test_a_horizon_needs_twice_its_days(cdnow: Shop) -> None:
    """A year is not foretold from 546 days; 30 and 90 days are, for everybody."""
    row = cdnow.row(
        "select count(*), count(expected_value_30_days), count(expected_value_90_days), "
        "count(expected_value_365_days), count(discounted_value_365_days), "
        "min(value_reason_365_days), min(ranked_horizon_days), count(value_tier) "
        "from marts.fct_customer_lifetime_value where as_of_date = '1998-07-01'"
    )
    reason = "less than 730 days of history, twice the horizon"
    assert row == (2357, 2357, 2357, 0, 0, reason, 90, 2357)


def test_expected_counts_are_those_of_the_customers(cdnow: Shop) -> None:
    """Goodness of fit: expected and actual customers by count are equal in sum and near in each."""
    rows = cdnow.rows(
        "select customer_count, expected_customer_count from marts.rpt_lifetime_value_repeats "
        f"where as_of_date = '{CALIBRATION_END}'"
    )
    assert sum(actual for actual, _ in rows) == 2357
    assert float(sum(expected for _, expected in rows)) == pytest.approx(2357, abs=0.01)
    assert all(abs(float(expected) - actual) < 30 for actual, expected in rows)


def orders(days_of: Iterable[tuple[str, Iterable[int]]], price: float = 10) -> list[Line]:
    """A line for every customer and day since FIRST."""
    return [
        (f"{customer}-{day}", "A", f"{FIRST + timedelta(days=day)}", 1, price, customer)
        for customer, days in days_of
        for day in days
    ]


ONCE = orders((f"c{number}", [number * 2]) for number in range(CUSTOMERS))
LOYAL = orders(
    (f"c{number}", range(number % 30, 400, 20 + number % 7)) for number in range(CUSTOMERS)
)


@pytest.mark.parametrize(
    ("rows", "customers", "reason"),
    [
        pytest.param([], 0, None, id="header without rows"),
        pytest.param(orders([("c", [0])]), 1, "less than 60 days of history", id="one order"),
        pytest.param(orders([("c", range(200))]), 1, "too few customers have bought", id="one"),
        pytest.param(ONCE, CUSTOMERS, "too few customers have bought", id="one-time buyers"),
        pytest.param(LOYAL[::8], None, "fewer than 500 customers", id="few customers"),
    ],
)
def test_nothing_is_said_from_too_little(
    rows: list[Line], customers: int | None, reason: str | None, make_shop: MakeShop
) -> None:
    """Every customer is there, without a number and with the reason."""
    shop = make_shop(files={"orders.csv": table(COLUMNS, rows)}, min_customers=500).up_to(*MARTS)
    count, numbers, lows, deciles, found = shop.row(
        "select count(*), count(coalesce(expected_purchases_30_days, expected_value_30_days)), "
        "count(coalesce(purchases_low_30_days, value_low_90_days)), count(value_decile), "
        "min(value_reason_30_days) from marts.fct_customer_lifetime_value "
        "where as_of_date = (select as_of_date from intermediate.int_as_of_dates where is_current)"
    )
    assert count == (customers if customers is not None else len({line[5] for line in rows}))
    assert (numbers, lows, deciles) == (0, 0, 0)
    assert (found or "").startswith(reason or "")


def test_customers_who_never_stop_at_one_price(make_shop: MakeShop) -> None:
    """No drop-out, no spread of amounts: a status, finite numbers, and a method that exists."""
    shop = make_shop(files={"orders.csv": table(COLUMNS, LOYAL)}).up_to(*MARTS)
    statuses = {
        status
        for (status,) in shop.rows(
            "select distinct status from marts.rpt_lifetime_value_fit where model = 'bg_nbd'"
        )
    }
    assert "identified" not in statuses
    rows = shop.rows(
        "select expected_purchases_30_days, expected_value_30_days, value_method_30_days "
        "from marts.fct_customer_lifetime_value where as_of_date = '2024-02-05'"
    )
    assert all(0 <= purchases < 10 and 0 <= value < 100 for purchases, value, _ in rows)
    assert {method for *_, method in rows} <= {"gamma_gamma", "spend_rate"}


def test_ids_and_the_order_of_rows_do_not_matter(make_shop: MakeShop) -> None:
    """The same customers under other names, in another order, are worth the same."""
    lines = [(*line[:4], 5 + int(line[2][-2:]) % 9, line[5]) for line in LOYAL]
    renamed = [(*line[:5], f"x{997 * int(line[5][1:]) % 1009}") for line in reversed(lines)]
    columns = "expected_purchases_90_days, value_low_30_days, expected_value_90_days, value_decile"
    first, second = (
        make_shop(files={"orders.csv": table(COLUMNS, rows)})
        .up_to("fct_customer_lifetime_value")
        .rows(f"select {columns} from marts.fct_customer_lifetime_value order by all")
        for rows in (lines, renamed)
    )
    assert first == second
