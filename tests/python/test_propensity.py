"""Who is about to buy: what propensity adds to the protocol, on small samples."""

from datetime import date, timedelta

import numpy as np
import pytest
from customer_value.linear_terms import linear_contributions
from customer_value.predictors import Predictor, Task
from customer_value.trials import TASKS, Sample, Trials, joined
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

TODAY = date(2025, 1, 29)
DAYS = [TODAY - timedelta(days=7 * back) for back in range(7)]
NAMES = ["recent_cart_count", "view_count", "days_since_last_cart", "purchase_count"]
RULES = ["carted_recently", "viewed_most", "bought_most"]
PROPENSITY = ["visitor_propensity", "cart_propensity"]


def visitors(count: int, seed: int, day: date) -> Sample:
    """Visitors with counts on their logarithms, of whom those buy who put much into the cart."""
    draw = np.random.default_rng(seed)
    numbers = np.log1p(draw.poisson(1.5, (count, len(NAMES)))).round(6)
    bought = draw.random(count) < 1 / (1 + np.exp(2 - 2 * numbers[:, 0]))
    numbers[draw.random(count) < 0.5, 2] = np.nan
    words = np.full((count, 1), None, dtype=object)
    seen = np.full(count, np.datetime64(day))
    return Sample(numbers, words, np.arange(1, count + 1), bought, seen)


@pytest.fixture(scope="module")
def samples() -> dict[date, Sample]:
    """A sample of each of seven weeks; of today's it is not known what follows."""
    made = {day: visitors(150, k, day) for k, day in enumerate(DAYS)}
    return made | {TODAY: made[TODAY]._replace(outcome=None)}


def made(task: Task, samples: dict[date, Sample]) -> Trials:
    """Trials as of four weeks, each of which learns from the three before it."""
    trained = {day: DAYS[k + 1 : k + 4] for k, day in enumerate(DAYS[:4])}
    windows = {DAYS[0]: DAYS[1:3], DAYS[1]: DAYS[2:4]}
    return Trials(task, samples, trained, windows, NAMES)


def test_joined_samples_are_all_their_rows(samples: dict[date, Sample]) -> None:
    """Every row keeps its date and number; what was learned does not depend on the dates' order."""
    days = DAYS[1:4]
    one = joined([samples[day] for day in days])
    other = joined([samples[day] for day in reversed(days)])
    assert len(one.number) == 450
    assert (np.nan_to_num(one.numbers) == np.nan_to_num(other.numbers)).all()
    assert (one.outcome == other.outcome).all()
    for numbers, number, outcome, seen in zip(
        one.numbers, one.number, one.outcome, one.seen, strict=True
    ):
        sample = samples[seen.item()]
        place = number - 1
        assert (np.nan_to_num(numbers) == np.nan_to_num(sample.numbers[place])).all()
        assert outcome == sample.outcome[place]
    alone = samples[DAYS[1]]
    assert joined([alone]) is alone


@pytest.mark.parametrize("task", PROPENSITY)
def test_every_method_runs_with_every_setting(task: str) -> None:
    """Probabilities that tell more than chance, but for the rules that look elsewhere."""
    train, test = visitors(400, 1, TODAY), visitors(300, 2, TODAY)
    for method, tried in TASKS[task].methods.items():
        for setting in tried.grid:
            fitted = Predictor(TASKS[task], method, setting.name, NAMES)
            fitted.fit(train.numbers, train.words, train.outcome)
            found = fitted.predict(test.numbers, test.words)
            assert ((found >= 0) & (found <= 1)).all()
            if method not in RULES[1:]:
                assert roc_auc_score(test.outcome, found) > 0.6


@pytest.mark.parametrize("task", PROPENSITY)
@pytest.mark.parametrize(("rule", "column"), list(zip(RULES, [0, 1, 3], strict=True)))
def test_a_rule_is_a_regression_on_its_count(task: str, rule: str, column: int) -> None:
    """Its probability is scikit-learn's logistic regression on ln(1 + count), not held back."""
    train, test = visitors(400, 1, TODAY), visitors(300, 2, TODAY)
    fitted = Predictor(TASKS[task], rule, "unpenalized", NAMES)
    fitted.fit(train.numbers, train.words, train.outcome)
    alone = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    alone.fit(train.numbers[:, [column]], train.outcome)
    expected = alone.predict_proba(test.numbers[:, [column]])[:, 1]
    assert fitted.predict(test.numbers, test.words) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("task", PROPENSITY)
def test_no_rule_is_part_of_the_mean(task: str, samples: dict[date, Sample]) -> None:
    """The mean is of what was learned, also where all rules are tried."""
    methods = [*RULES, "logistic_regression", "gradient_boosting", "mean"]
    settings = {
        trial.setting
        for _, method, trial in made(TASKS[task], samples).run(methods)
        if method == "mean"
    }
    assert settings == {"logistic_regression, gradient_boosting"}


def test_a_fit_learns_from_its_windows_alone(samples: dict[date, Sample]) -> None:
    """What followed a week changes the three fits that learn from it, and no other."""
    task = TASKS["cart_propensity"]
    changed = samples | {DAYS[3]: samples[DAYS[3]]._replace(outcome=~samples[DAYS[3]].outcome)}
    one, other = (
        {
            day: trial.tested
            for day, method, trial in made(task, given).run(["gradient_boosting"])
            if method == "gradient_boosting" and trial.is_usual
        }
        for given in (samples, changed)
    )
    same = {day for day, tested in one.items() if (tested == other[day]).all()}
    assert same == {DAYS[3]}


@pytest.mark.parametrize("method", [*RULES, "logistic_regression"])
def test_base_and_contributions_are_the_logit(method: str) -> None:
    """They add up to scikit-learn's logit; over those fitted on each adds nothing on average."""
    task = TASKS["cart_propensity"]
    train, test = visitors(400, 1, TODAY), visitors(300, 2, TODAY)
    for setting in task.methods[method].grid:
        fitted = Predictor(task, method, setting.name, NAMES)
        fitted.fit(train.numbers, train.words, train.outcome)
        added = linear_contributions(fitted, train, test.numbers, test.words)
        own = linear_contributions(fitted, train, train.numbers, train.words)
        assert own.mean(axis=0) == pytest.approx(np.zeros(len(NAMES)), abs=1e-9)
        score = fitted.predict(test.numbers, test.words)
        base = np.log(score / (1 - score)) - added.sum(axis=1)
        assert base == pytest.approx(np.full(len(base), base[0]), abs=1e-9)
    if method in RULES:
        unused = [k for k in range(len(NAMES)) if k != [0, 1, 3][RULES.index(method)]]
        assert (added[:, unused] == 0).all()
