"""What customers spend, how often they visit and when they order next."""

import random
from datetime import date, timedelta

import numpy as np
import pytest
from conftest import MakeShop, Shop
from customer_value.linear_terms import terms
from customer_value.predictors import Predictor
from customer_value.regressors import SPEND_CORE, VISITS_CORE
from customer_value.trials import TASKS, Sample, Trials
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from test_churn import HORIZON, TODAY, applied, bought, built

SPEND = TASKS["spend"]
NAMES = list(dict.fromkeys([*SPEND_CORE, *VISITS_CORE]))
LINEAR = ("ridge", "lasso", "polynomial")
MARTS = (
    "fct_customer_spend_forecast",
    "rpt_spend_candidates",
    "fct_customer_next_order",
    "rpt_next_order_calibration",
    "int_amount_scorecard",
)


def customers(count: int, seed: int) -> Sample:
    """Customers whose first number is the root of what they spend, half of whom spend nothing."""
    draw = np.random.default_rng(seed)
    numbers = draw.gamma(2, 3, size=(count, len(NAMES))).round(6)
    amounts = numbers[:, 0] ** 2 * draw.gamma(4, 0.5, count) * (draw.random(count) < 0.5)
    numbers[draw.random(count) < 0.3, 6] = np.nan
    words = draw.choice(np.array(["France", "Spain", None], dtype=object), (count, 1))
    return Sample(numbers, words, np.arange(1, count + 1), amounts.round(2))


@pytest.mark.parametrize("method", SPEND.methods)
def test_every_regression_runs_with_every_setting(method: str) -> None:
    """Nothing below zero, the total fitted on is met, others are told better than by the mean."""
    train, test = customers(600, 1), customers(400, 2)
    for setting in SPEND.methods[method].grid:
        fitted = Predictor(SPEND, method, setting.name, NAMES)
        fitted.fit(train.numbers, train.words, train.outcome)
        own = fitted.predict(train.numbers, train.words)
        assert own.sum() == pytest.approx(train.outcome.sum())
        found = fitted.predict(test.numbers, test.words)
        assert (found >= 0).all()
        mean = np.abs(test.outcome - train.outcome.mean()).mean()
        assert np.abs(found - test.outcome).mean() < mean
        assert len(fitted.predict(test.numbers[:0], test.words[:0])) == 0


@pytest.mark.parametrize("method", SPEND.methods)
def test_what_is_constant_gets_the_mean(method: str) -> None:
    """Where all are alike, or all spent the same, everybody has the mean; refunds are zero."""
    train = customers(60, 1)
    first = SPEND.methods[method].grid[0].name
    alike, same_words = np.ones_like(train.numbers), np.full_like(train.words, None)
    fitted = Predictor(SPEND, method, first, NAMES).fit(alike, same_words, train.outcome)
    assert fitted.predict(alike, same_words) == pytest.approx(train.outcome.mean())
    fives = np.full(60, 5.0)
    fitted = Predictor(SPEND, method, first, NAMES).fit(train.numbers, train.words, fives)
    assert fitted.predict(train.numbers, train.words) == pytest.approx(5)
    refunds = Predictor(SPEND, method, first, NAMES)
    refunds.fit(train.numbers, train.words, -train.outcome - 1)
    assert (refunds.predict(train.numbers, train.words) == 0).all()


@pytest.mark.parametrize("method", LINEAR)
def test_terms_are_the_regression(method: str) -> None:
    """Factor × (base + terms)² of each setting gives the predictor's amounts, of others, too."""
    train, test = customers(300, 1), customers(200, 2)
    for setting in SPEND.methods[method].grid:
        fitted = Predictor(SPEND, method, setting.name, NAMES)
        fitted.fit(train.numbers, train.words, train.outcome)
        found = terms(fitted, train.numbers, train.words)
        roots = applied(found, test.numbers, test.words)
        expected = fitted.predict(test.numbers, test.words)
        assert found[0]["factor"] * np.maximum(roots, 0) ** 2 == pytest.approx(expected, abs=1e-6)


def test_a_window_does_not_choose_its_own_fit() -> None:
    """With a window's amounts swapped its own trials stay bit for bit the same."""
    days = [TODAY - timedelta(days=HORIZON * back) for back in (3, 2, 1)]
    samples = {day: customers(200, k) for k, day in enumerate(days)}
    trained = dict(zip(days[1:], days, strict=False))
    changed = samples | {days[2]: samples[days[2]]._replace(outcome=np.arange(200.0))}
    methods = ["ridge", "decision_tree"]
    one, other = (
        {
            (day, method): trial.tested
            for day, method, trial in Trials(
                SPEND, given, trained, {days[2]: [days[1]]}, NAMES
            ).run(methods)
        }
        for given in (samples, changed)
    )
    assert len(one) == 4
    assert all((one[key] == other[key]).all() for key in one)


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


@pytest.fixture(scope="module")
def shop(make_shop: MakeShop) -> Shop:
    """Four hundred customers with visits; boosted trees are the only method of churn."""
    lines = bought(400)
    header = "order_id,product_id,ordered_at,quantity,unit_price,customer_id"
    return make_shop(
        mapping={"order_lines": {"from": "orders.csv"}, "events": {"from": "events.csv"}},
        files={"orders.csv": "\n".join([header, *lines]), "events.csv": visited(lines)},
        prediction_horizon_days=HORIZON,
        spend_methods=["gradient_boosting", "ridge", "lasso"],
        churn_methods=["gradient_boosting"],
    ).up_to(*MARTS, "fct_customer_churn")


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


def test_served_numbers_are_the_trials(shop: Shop) -> None:
    """What SQL and batches in Python give all customers is what the trials gave their sample."""
    rows = shop.rows(
        "select task, method, s.prediction, t.prediction "
        "from intermediate.int_prediction_scores as s "
        "inner join intermediate.int_prediction_trials as t "
        "using (task, as_of_date, customer_id, method) where not t.is_fitted_on"
    )
    assert {row[0] for row in rows} == {"churn", "spend", "visits", "next_order"}
    assert ("churn", "gradient_boosting") in {row[:2] for row in rows}
    served, tried = np.array([row[2:] for row in rows], dtype=float).T
    assert served == pytest.approx(tried, abs=2e-4)


def test_figures_are_scikit_learns(shop: Shop) -> None:
    """MAE, RMSE, R² and total of each task, method and window; the share of the highest tenth."""
    rows = shop.rows(
        "select task, as_of_date, method, is_fitted_on, outcome, prediction, customer_id "
        "from intermediate.int_prediction_trials where task != 'churn'"
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
        expected = [
            mean_absolute_error(outcome, predicted),
            root_mean_squared_error(outcome, predicted),
            r2_score(outcome, predicted),
            predicted.sum() / outcome.sum() - 1,
            top,
        ]
        assert figures[key] == pytest.approx(expected, abs=2e-5), key


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


@pytest.mark.parametrize("kind", ["no visits", "all once", "returns"])
def test_odd_shops_have_a_number_or_a_reason(make_shop: MakeShop, kind: str) -> None:
    """Nothing is said of visits without events, nor of gaps where nobody came back."""
    lines = bought(200)
    if kind == "all once":
        lines = [
            f"o{n},p1,{TODAY - timedelta(days=n % 270 + 1)},1,{n % 9 + 1},c{n}" for n in range(400)
        ]
    if kind == "returns":
        lines += [
            f"r{n},p1,{TODAY - timedelta(days=n % 29 + 1)},-1,900,c{n:04}" for n in range(150)
        ]
    found = built(make_shop, lines, marts=MARTS)
    assert found.row(
        "select count(*), count(expected_visit_count), count(no_visits_reason) "
        "from marts.fct_customer_spend_forecast where is_current"
    )[1:] == (0, found.value("select count(*) from marts.fct_customer_rfm where is_current"))
    said = found.row(
        "select count(expected_spend_amount) + count(no_spend_reason), count(*), "
        "min(expected_spend_amount) from marts.fct_customer_spend_forecast where is_current"
    )
    assert said[0] == said[1]
    assert said[2] is None or said[2] >= 0
    dated, reasons, whole = found.row(
        "select count(expected_order_date), count(no_date_reason), count(*) "
        "from marts.fct_customer_next_order where is_current"
    )
    assert dated + reasons == whole
    assert (dated == 0) == (kind == "all once")
