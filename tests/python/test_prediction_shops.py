"""Churn, spend, visits and next orders of small shops, against independent computations."""

import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from conftest import MakeShop, Shop
from sklearn.metrics import (
    average_precision_score,
    log_loss,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)

pytestmark = pytest.mark.shops

HEADER = "order_id,product_id,ordered_at,quantity,unit_price,customer_id"
TODAY = date(2025, 1, 1)
HORIZON = 30
MAPPING = {"order_lines": {"from": "orders.csv"}}
WITH_EVENTS = MAPPING | {"events": {"from": "events.csv"}}
SERVED = ("fct_customer_churn", "fct_customer_spend_forecast", "fct_customer_next_order")
MARTS = (
    *SERVED,
    "rpt_churn_candidates",
    "rpt_churn_calibration",
    "rpt_roc_curve",
    "rpt_confusion_matrix",
    "rpt_feature_relevance",
    "fct_tree_rules",
    "fct_churn_alerts",
    "int_probability_scorecard",
    "rpt_spend_candidates",
    "rpt_next_order_calibration",
    "int_amount_scorecard",
)


def bought(count: int, chance: float = 0.6, seed: int = 5) -> list[str]:
    """Nine months of orders: customers of different zeal, who stop at some time or never."""
    draw = random.Random(seed)
    lines, order = [], 0
    for customer in range(count):
        day = TODAY - timedelta(days=draw.randint(20, 270))
        gap = draw.choice([8, 15, 30, 60])
        while day < TODAY:
            order += 1
            price = round(draw.lognormvariate(2, 0.5), 2)
            lines.append(f"o{order},p{order % 7},{day},1,{price},c{customer:04}")
            day += timedelta(days=max(1, round(draw.expovariate(1 / gap))))
            if draw.random() > chance + 0.3:
                break
    lines.append(f"last,p1,{TODAY - timedelta(days=1)},1,5,c0000")
    return lines


def visited(lines: list[str]) -> str:
    """Events of the customers of order lines: now and then a visit in the weeks around an order."""
    draw = random.Random(3)
    rows = ["occurred_at,event_type,customer_id"]
    for line in lines:
        *_, day, _, _, customer = line.split(",")
        for _ in range(draw.choice([0, 1, 1, 4])):
            on = date.fromisoformat(day) + timedelta(days=draw.randint(-20, 20))
            if on < TODAY:
                rows.append(f"{on} 10:{draw.randint(10, 59)}:00,view,{customer}")
    return "\n".join(rows)


def built(
    make_shop: MakeShop,
    lines: list[str],
    events: str | None = None,
    marts: tuple[str, ...] = MARTS,
    **variables: Any,
) -> Shop:
    """A shop of these order lines and events, up to what is said of customers."""
    files = {"orders.csv": "\n".join([HEADER, *lines])}
    mapping = MAPPING
    if events is not None:
        files["events.csv"], mapping = events, WITH_EVENTS
    given = {"prediction_horizon_days": HORIZON, **variables}
    return make_shop(mapping, files, **given).up_to(*marts)


@pytest.fixture(scope="module")
def shop(make_shop: MakeShop) -> Shop:
    """Four hundred customers with visits."""
    return built(make_shop, bought(400), visited(bought(400)))


@pytest.fixture(scope="module")
def trees(make_shop: MakeShop) -> Shop:
    """The same, of whom trees are to tell everything, which SQL cannot apply."""
    return built(
        make_shop,
        bought(400),
        visited(bought(400)),
        churn_methods=["random_forest"],
        spend_methods=["gradient_boosting"],
    )


def test_everybody_has_a_score_or_a_reason(shop: Shop) -> None:
    """One row per customer of each published date, scored; levels follow percentiles."""
    assert shop.value("select count(*) from marts.fct_customer_churn") == shop.value(
        "select count(*) from marts.fct_customer_rfm inner join intermediate.int_prediction_dates "
        "using (as_of_date) where is_published and task = 'churn'"
    )
    assert shop.rows(
        "select distinct churn_probability is null, no_score_reason from marts.fct_customer_churn"
    ) == [(False, None)]
    assert (
        shop.rows(
            "select distinct risk_level from marts.fct_customer_churn "
            "where (churn_percentile > 0.8) != (risk_level = 'high') "
            "or (churn_percentile <= 0.5) != (risk_level = 'low')"
        )
        == []
    )


def test_churn_figures_are_scikit_learns(shop: Shop) -> None:
    """AUC, average precision, Brier score, log loss and bias of each method and window."""
    rows = shop.rows(
        "select as_of_date, method, is_fitted_on, has_happened, probability "
        "from intermediate.int_probability_ranks where task = 'churn'"
    )
    groups: dict[tuple, list[tuple]] = {}
    for *key, churned, probability in rows:
        groups.setdefault(tuple(key), []).append((churned, float(probability)))
    figures = {
        row[:3]: np.array(row[3:], dtype=float)
        for row in shop.rows(
            "select as_of_date, method, is_fitted_on, auc, average_precision, brier, log_loss, "
            "bias from intermediate.int_probability_figures where task = 'churn'"
        )
    }
    assert groups.keys() == figures.keys()
    for key, pairs in groups.items():
        churned, probability = (
            np.array(column, dtype=float) for column in zip(*pairs, strict=True)
        )
        kept = probability.clip(1e-6, 1 - 1e-6)
        expected = [
            roc_auc_score(churned, probability),
            average_precision_score(churned, probability),
            np.mean((probability - churned) ** 2),
            log_loss(churned, kept),
            np.mean(probability - churned),
        ]
        assert figures[key] == pytest.approx(expected, abs=2e-6), key


def test_published_bias_is_what_happened(shop: Shop) -> None:
    """The backtest's rows: mean probability less the share that did not come back."""
    published, happened = shop.row(
        "select min(c.backtest_bias), avg(c.churn_probability) "
        "- avg(case when o.has_purchased then 0 else 1 end) "
        "from marts.fct_customer_churn as c inner join intermediate.int_customer_outcomes as o "
        "using (as_of_date, customer_id) where not c.is_current"
    )
    assert float(published) == pytest.approx(float(happened), abs=2e-6)


def test_ids_change_nothing(make_shop: MakeShop, shop: Shop) -> None:
    """Other ids in another order: the same coefficients, probabilities, amounts and days."""
    lines = bought(400)
    ids = sorted({line.rpartition(",")[2] for line in lines})
    draw = random.Random(9)
    names = dict(zip(ids, draw.sample([f"x{n}" for n in range(len(ids))], len(ids)), strict=True))
    again = [f"{line.rpartition(',')[0]},{names[line.rpartition(',')[2]]}" for line in lines]
    draw.shuffle(again)
    header, *rows = visited(lines).split("\n")
    renamed = [f"{row.rpartition(',')[0]},{names[row.rpartition(',')[2]]}" for row in rows]
    draw.shuffle(renamed)
    other = built(make_shop, again, "\n".join([header, *renamed]))
    for query in (
        "select * from ml.ml_prediction_coefficients",
        "select as_of_date, churn_probability, method, reason_1, effect_3 "
        "from marts.fct_customer_churn",
        "select * exclude (customer_id) from marts.fct_customer_spend_forecast",
        "select * exclude (customer_id) from marts.fct_customer_next_order",
    ):
        assert other.rows(f"{query} order by all") == shop.rows(f"{query} order by all")


def test_what_followed_the_backtest_changes_nothing_in_it(make_shop: MakeShop, shop: Shop) -> None:
    """Without orders and visits after it, but the last: the same champions and predictions."""
    backtest = TODAY - timedelta(days=HORIZON)
    before = [
        line
        for line in bought(400)
        if line.split(",")[2] < str(backtest) or line.startswith("last")
    ]
    header, *rows = visited(bought(400)).split("\n")
    seen = [header, *(row for row in rows if row < str(backtest))]
    other = built(make_shop, before, "\n".join(seen))
    for query in (
        f"select * from ml.ml_prediction_coefficients where as_of_date = '{backtest}'",
        f"select * from intermediate.int_prediction_champions where as_of_date = '{backtest}'",
        "select customer_id, churn_probability from marts.fct_customer_churn where not is_current",
        "select customer_id, expected_spend_amount, expected_visit_count "
        "from marts.fct_customer_spend_forecast where not is_current",
        "select customer_id, expected_order_date, latest_order_date "
        "from marts.fct_customer_next_order where not is_current",
    ):
        assert other.rows(f"{query} order by all") == shop.rows(f"{query} order by all")


FEW = {
    "one order": [f"o1,p1,{TODAY - timedelta(days=1)},1,5,c1"],
    "few customers": bought(60),
    "short history": [
        f"o{n},p1,{TODAY - timedelta(days=n % 40 + 1)},1,{n % 9 + 1},c{n % 150}" for n in range(600)
    ],
    "all alike": [
        f"o{n}-{k},p1,{TODAY - timedelta(days=k * 20 + 1)},1,5,c{n}"
        for n in range(150)
        for k in range(9)
    ],
    "nobody came back": [
        f"o{n},p1,{TODAY - timedelta(days=100 + n % 170)},1,{n % 9 + 1},c{n}" for n in range(300)
    ]
    + [f"last,p1,{TODAY - timedelta(days=1)},1,5,"],  # a guest's
}
RETURNS = [
    *bought(200),
    *(f"r{n},p1,{TODAY - timedelta(days=n % 29 + 1)},-1,900,c{n:04}" for n in range(150)),
]


@pytest.mark.parametrize("kind", FEW)
def test_too_little_data_has_a_reason(make_shop: MakeShop, kind: str) -> None:
    """No score, one sentence that says why, and a green build."""
    found = built(make_shop, FEW[kind], marts=SERVED)
    rows = found.rows(
        "select distinct churn_probability, risk_level, method, reason_1, no_score_reason "
        "from marts.fct_customer_churn where is_current"
    )
    ((*nothing, reason),) = rows
    assert nothing == [None] * 4
    words = {
        "few customers": "customers to learn from",
        "all alike": "all alike",
        "nobody came back": "0 came back",
    }
    assert words.get(kind, "history") in reason
    assert reason[0].isupper()
    assert reason.endswith(".")
    told_or_not(found)


def told_or_not(found: Shop) -> None:
    """Of each customer there is an amount, visits and a day, or one reason; nothing below zero."""
    for mart, value, reason in (
        ("fct_customer_spend_forecast", "expected_spend_amount", "no_spend_reason"),
        ("fct_customer_spend_forecast", "expected_visit_count", "no_visits_reason"),
        ("fct_customer_next_order", "expected_order_date", "no_date_reason"),
    ):
        assert (
            found.value(
                f"select count(*) from marts.{mart} where ({value} is null) = ({reason} is null)"
            )
            == 0
        )
    assert (
        found.value(
            "select count(*) from marts.fct_customer_spend_forecast where expected_visit_count >= 0"
        )
        == 0
    )
    least = found.value("select min(expected_spend_amount) from marts.fct_customer_spend_forecast")
    assert least is None or least >= 0


def test_refunds_that_exceed_purchases_are_zero(make_shop: MakeShop) -> None:
    """Where customers return more than they buy, nothing is expected to be below zero."""
    told_or_not(built(make_shop, RETURNS, marts=SERVED))


def test_delong_interval_is_as_recomputed(shop: Shop) -> None:
    """The difference of areas with its variance, by the definition over all pairs."""
    rows = shop.rows(
        "select m.has_happened, m.probability, r.probability "
        "from intermediate.int_probability_ranks as m "
        "inner join intermediate.int_probability_ranks as r "
        "using (task, as_of_date, customer_id, is_fitted_on) "
        "inner join intermediate.int_prediction_dates using (task, as_of_date) "
        "where task = 'churn' and is_backtest and not is_fitted_on "
        "and m.method = 'logistic_regression' "
        "and r.method = 'purchase_decay'"
    )
    churned, *scores = np.array(rows, dtype=float).T
    found = []
    for score in scores:
        above, below = score[churned == 1], score[churned == 0]
        wins = (above[:, None] > below) + 0.5 * (above[:, None] == below)
        found.append((wins.mean(axis=1), wins.mean(axis=0)))
    first, second = found[0][0] - found[1][0], found[0][1] - found[1][1]
    error = np.sqrt(first.var(ddof=1) / len(first) + second.var(ddof=1) / len(second))
    value, low, high = shop.row(
        "select value, low, high from intermediate.int_probability_scorecard "
        "where task = 'churn' and metric = 'auc_difference' and method = 'logistic_regression'"
    )
    expected = [first.mean(), first.mean() - 1.96 * error, first.mean() + 1.96 * error]
    assert [float(value), float(low), float(high)] == pytest.approx(expected, abs=2e-6)


def test_everybody_has_a_number(shop: Shop) -> None:
    """One row per customer of each published date in both marts, with numbers, not reasons."""
    count = shop.value(
        "select count(*) from marts.fct_customer_rfm inner join intermediate.int_prediction_dates "
        "using (as_of_date) where is_published and task = 'spend'"
    )
    assert count > 400
    for mart, expected, reason in (
        ("fct_customer_spend_forecast", "expected_spend_amount", "no_spend_reason"),
        ("fct_customer_spend_forecast", "expected_visit_count", "no_visits_reason"),
        ("fct_customer_next_order", "expected_order_date", "no_date_reason"),
    ):
        assert shop.row(
            f"select count(*), count({expected}), count({reason}) from marts.{mart}"
        ) == (
            count,
            count,
            0,
        )


@pytest.mark.parametrize("kind", ["shop", "trees"])
def test_served_numbers_are_the_trials(request: pytest.FixtureRequest, kind: str) -> None:
    """What SQL and batches in Python give all customers is what the trials gave their sample."""
    found = request.getfixturevalue(kind)
    rows = found.rows(
        "select task, method, s.prediction, t.prediction "
        "from intermediate.int_prediction_scores as s "
        "inner join intermediate.int_prediction_trials as t "
        "using (task, as_of_date, customer_id, method) where t.is_taken and not t.is_fitted_on "
        "and s.product_id is not distinct from t.product_id"
    )
    expected = {
        "shop": {("spend", "ridge"), ("visits", "ridge")},
        "trees": {("churn", "random_forest"), ("spend", "gradient_boosting")},
    }
    tasks = {"churn", "spend", "visits", "purchases", "next_order", "visitor_propensity"}
    assert {row[0] for row in rows} == tasks
    assert expected[kind] <= {row[:2] for row in rows}
    served, tried = np.array([row[2:] for row in rows], dtype=float).T
    assert served == pytest.approx(tried, abs=2e-4)


def test_amount_figures_are_scikit_learns(shop: Shop) -> None:
    """MAE, RMSE, R² and total of each task, method and window; the share of the highest tenth."""
    rows = shop.rows(
        "select task, as_of_date, method, is_fitted_on, outcome, prediction, customer_id "
        "from intermediate.int_prediction_trials where is_taken "
        "and task not in ('churn', 'visitor_propensity')"
    )
    groups: dict[tuple, list[tuple]] = {}
    for row in rows:
        groups.setdefault(row[:4], []).append((float(row[4]), float(row[5]), row[6]))
    figures = {
        row[:4]: np.array(row[4:], dtype=float)
        for row in shop.rows(
            "select task, as_of_date, method, is_fitted_on, mae, rmse, r2, bias, top_decile_share "
            "from intermediate.int_amount_figures"
        )
    }
    assert groups.keys() == figures.keys()
    for key, members in groups.items():
        members.sort(key=lambda row: (-row[1], -row[0], row[2]))
        outcome, predicted = (np.array(column) for column in list(zip(*members, strict=True))[:2])
        top = outcome[: len(members) // 10].sum() / outcome.sum()
        top = np.nan if key[0] == "next_order" else top
        expected = [
            mean_absolute_error(outcome, predicted),
            root_mean_squared_error(outcome, predicted),
            r2_score(outcome, predicted),
            predicted.sum() / outcome.sum() - 1,
            top,
        ]
        assert figures[key] == pytest.approx(expected, abs=2e-5, nan_ok=True), key


def test_outcomes_are_what_followed(shop: Shop) -> None:
    """Net amounts, visits and days of the backtest by the files alone."""
    backtest = TODAY - timedelta(days=HORIZON)
    rows = shop.rows(
        "select customer_id, net_amount, days_to_purchase from intermediate.int_customer_outcomes "
        f"where as_of_date = '{backtest}' and horizon_days = {HORIZON}"
    )
    amounts: dict[str, float] = {}
    first: dict[str, date] = {}
    for line in bought(400):
        _, _, day, _, price, customer = line.split(",")
        if str(backtest) <= day:
            amounts[customer] = amounts.get(customer, 0) + float(price)
            first[customer] = min(first.get(customer, TODAY), date.fromisoformat(day))
    for customer, amount, days in rows:
        assert float(amount) == pytest.approx(amounts.get(customer, 0), abs=0.006)
        due = first.get(customer)
        assert days == (None if due is None else (due - backtest).days)


def test_next_order_is_recomputed(shop: Shop) -> None:
    """Moments, weights and days as NumPy makes them of the order lines."""
    days: dict[str, set[date]] = {}
    for line in bought(400):
        _, _, day, _, _, customer = line.split(",")
        days.setdefault(customer, set()).add(date.fromisoformat(day))
    gaps = {
        customer: np.diff(np.array(sorted(bought_on), dtype="datetime64[D]")).astype(float)
        for customer, bought_on in days.items()
    }
    logs = {customer: np.log(gap) for customer, gap in gaps.items()}
    known = [log for log in logs.values() if len(log)]
    total = sum(len(log) for log in known)
    within = sum(((log - log.mean()) ** 2).sum() for log in known) / (total - len(known))
    middle = np.concatenate(known).mean()
    between_squares = sum(len(log) * (log.mean() - middle) ** 2 for log in known)
    spread = total - sum(len(log) ** 2 for log in known) / total
    between = max((between_squares - (len(known) - 1) * within) / spread, 0)
    mean = np.mean([log.mean() for log in known])
    assert between > 0
    rows = shop.rows(
        "select customer_id, own_weight, last_purchase_date, expected_order_date, "
        "earliest_order_date, latest_order_date, overdue_days from marts.fct_customer_next_order "
        "where is_current and method = 'shrunk_gaps'"
    )
    assert len(rows) == len(days)
    for customer, weight, last, due, low, high, overdue in rows:
        log = logs[customer]
        own = len(log) / (len(log) + within / between)
        assert float(weight) == pytest.approx(own, abs=1e-6)
        center = own * (log.mean() if len(log) else 0) + (1 - own) * mean
        deviation = np.sqrt(within + (1 - own) * between)
        for found, quantile in ((due, 0), (low, -1.281552), (high, 1.281552)):
            assert (found - last).days == pytest.approx(
                np.exp(center + quantile * deviation), abs=0.5001
            )
        assert overdue == max((TODAY - due).days, 0)


def test_calibration_counts_whose_interval_is_seen(shop: Shop) -> None:
    """Those who bought early, inside, late or not at all are all who were due."""
    rows = shop.rows(
        "select due_customer_count, early_customer_count + inside_customer_count "
        "+ late_customer_count + absent_customer_count, inside_customer_count "
        "from marts.rpt_next_order_calibration"
    )
    assert rows
    assert all(due == told for due, told, _ in rows)
    assert sum(inside for *_, inside in rows) > 0
