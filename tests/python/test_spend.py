"""What customers spend, how often they visit and when they order next."""

from datetime import timedelta

import numpy as np
import pytest
from customer_value.linear_terms import terms
from customer_value.predictors import Predictor
from customer_value.regressors import SPEND_CORE, VISITS_CORE
from customer_value.trials import TASKS, Sample, Trials
from test_churn import HORIZON, TODAY, applied

SPEND = TASKS["spend"]
NAMES = list(dict.fromkeys([*SPEND_CORE, *VISITS_CORE]))
LINEAR = ("ridge", "lasso", "polynomial")


def customers(count: int, seed: int) -> Sample:
    """Customers whose first number is the root of what they spend, half of whom spend nothing."""
    draw = np.random.default_rng(seed)
    numbers = draw.gamma(2, 3, size=(count, len(NAMES))).round(6)
    amounts = numbers[:, 0] ** 2 * draw.gamma(4, 0.5, count) * (draw.random(count) < 0.5)
    numbers[draw.random(count) < 0.3, 6] = np.nan
    words = draw.choice(np.array(["France", "Spain", None], dtype=object), (count, 1))
    seen = np.full(count, np.datetime64(TODAY))
    return Sample(numbers, words, np.arange(1, count + 1), amounts.round(2), seen)


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
    trained = dict(zip(days[1:], ([day] for day in days), strict=False))
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
