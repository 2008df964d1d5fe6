"""Who comes back: the functions against worked examples, and the protocol on small shops."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from customer_value.classifiers import CORE
from customer_value.linear_terms import terms
from customer_value.predictors import Predictor
from customer_value.relevance import (
    correlation,
    entropy,
    information_gain,
    mutual_information,
    permutation_importances,
    weights,
)
from customer_value.tree_contributions import EXPLAINED, contributions
from customer_value.tree_rules import rules
from customer_value.trials import (
    TASKS,
    Sample,
    Trial,
    Trials,
    chosen_setting,
    good_methods,
)
from sklearn.feature_selection import mutual_info_classif
from sklearn.metrics import roc_auc_score

CHURN = TASKS["churn"]
LINEAR = ("purchase_decay", "logistic_regression")
TODAY = date(2025, 1, 1)
HORIZON = 30
NAMES = [*CORE, "decayed_purchase_days", "average_gap_days", "age"]
DAYS = [TODAY - timedelta(days=HORIZON * back) for back in (3, 2, 1, 0)]


def customers(count: int, seed: int, is_open: bool = False) -> Sample:
    """Customers whose first and sixth numbers tell who comes back, with gaps and words."""
    draw = np.random.default_rng(seed)
    numbers = draw.normal(size=(count, len(NAMES))).round(6)
    logits = 1.5 * numbers[:, 5] - numbers[:, 0]
    came_back = draw.random(count) < 1 / (1 + np.exp(-logits))
    numbers[draw.random(count) < 0.3, 6] = np.nan
    numbers[:, 7] = np.nan  # nobody's age is known
    words = draw.choice(np.array(["France", "Spain", "Peru", None], dtype=object), (count, 1))
    seen = np.full(count, np.datetime64(DAYS[0]))
    return Sample(numbers, words, np.arange(1, count + 1), None if is_open else came_back, seen)


def made(samples: dict[date, Sample]) -> Trials:
    """Trials as of three dates, each of which learns from the one before."""
    trained = dict(zip(DAYS[1:], ([day] for day in DAYS), strict=False))
    windows = {DAYS[2]: [DAYS[1]], DAYS[3]: [DAYS[1], DAYS[2]]}
    return Trials(CHURN, samples, trained, windows, NAMES)


@pytest.fixture(scope="module")
def samples() -> dict[date, Sample]:
    """Four dates, of which the last is not closed."""
    return {day: customers(300, k, is_open=day == DAYS[-1]) for k, day in enumerate(DAYS)}


def test_entropy_of_the_worked_examples() -> None:
    """(½, ½) 1, (¾, ¼) .811278; 1.5 split into .8 (50) and 1.2 (30) gains .55."""
    assert entropy(np.array([0.5, 0.5])) == pytest.approx(1)
    assert entropy(np.array([0.75, 0.25])) == pytest.approx(0.811278, abs=1e-6)
    assert entropy(np.array([1.0, 0.0])) == 0
    gain = information_gain(1.5, np.array([50, 30]), np.array([0.8, 1.2]))
    assert gain == pytest.approx(0.55)


def test_relevance_weights_of_the_worked_example() -> None:
    """Gains of .3 and .4 weigh .4286 and .5714; without any gain nothing weighs."""
    assert weights(np.array([0.3, 0.4])) == pytest.approx([0.4286, 0.5714], abs=1e-4)
    assert weights(np.zeros(2)).tolist() == [0, 0]


def test_mutual_information_is_scikit_learns() -> None:
    """Of two values, in bits; one of a constant and of all missing is 0."""
    draw = np.random.default_rng(3)
    came_back = draw.random(400) < 0.4
    values = np.where(draw.random(400) < 0.7, came_back, draw.random(400) < 0.5).astype(float)
    (nats,) = mutual_info_classif(values[:, None], came_back, discrete_features=True)
    assert mutual_information(values, came_back) == pytest.approx(nats / np.log(2), abs=1e-9)
    assert mutual_information(np.ones(400), came_back) == pytest.approx(0, abs=1e-12)
    assert mutual_information(np.full(400, np.nan), came_back) == pytest.approx(0, abs=1e-12)
    assert np.isnan(correlation(np.full(400, np.nan), came_back))


def test_shuffling_hurts_what_is_used() -> None:
    """The one column that a prediction uses loses; the others lose nothing; values are put back."""
    draw = np.random.default_rng(4)
    numbers = draw.normal(size=(200, 3))
    before = numbers.copy()
    found = permutation_importances(
        lambda given: 1 / (1 + np.exp(-3 * given[:, 1])), numbers, numbers[:, 1] > 0
    )
    assert found[1] > 0.1
    assert found[[0, 2]].tolist() == [0, 0]
    assert (numbers == before).all()


@pytest.mark.parametrize("method", CHURN.methods)
def test_every_method_runs_with_every_setting(method: str) -> None:
    """Probabilities with gaps, an empty column and words; more than chance; for nobody none."""
    train, test = customers(300, 1), customers(200, 2)
    for setting in CHURN.methods[method].grid:
        fitted = Predictor(CHURN, method, setting.name, NAMES)
        fitted.fit(train.numbers, train.words, train.outcome)
        found = fitted.predict(test.numbers, test.words)
        assert ((found >= 0) & (found <= 1)).all()
        assert roc_auc_score(test.outcome, found) > 0.6
        assert len(fitted.predict(test.numbers[:0], test.words[:0])) == 0


@pytest.mark.parametrize("method", CHURN.methods)
def test_what_is_constant_gets_the_share(method: str) -> None:
    """Where all are alike, or all did the same, everybody has the share that came back."""
    train = customers(60, 1)
    first = CHURN.methods[method].grid[0].name
    alike = np.ones_like(train.numbers)
    same_words = np.full_like(train.words, None)
    fitted = Predictor(CHURN, method, first, NAMES).fit(alike, same_words, train.outcome)
    assert fitted.predict(alike, same_words) == pytest.approx(train.outcome.mean())
    fitted = Predictor(CHURN, method, first, NAMES).fit(
        train.numbers, train.words, np.ones(60, bool)
    )
    assert fitted.predict(train.numbers, train.words) == pytest.approx(1)


def applied(found: list[dict[str, Any]], numbers: np.ndarray, words: np.ndarray) -> np.ndarray:
    """What SQL does with terms: base and contributions, customer by customer."""
    logits = np.zeros(len(numbers))
    for term in found:
        if term["term_number"] == 0:
            logits += term["coefficient"]
            continue
        place = term["feature_number"] - 1
        if term["word"] is not None:
            raw = (words[:, place] == term["word"]).astype(float)
        elif term["is_missing"]:
            raw = np.isnan(numbers[:, place]).astype(float)
        else:
            raw = numbers[:, place]
        value = np.where(np.isnan(raw), term["fill"], (raw - term["mean"]) / term["deviation"])
        if term.get("other_feature_number"):
            other = numbers[:, term["other_feature_number"] - 1]
            value = value * (other - term["other_mean"]) / term["other_deviation"]
        logits += term["coefficient"] * value - term["center"]
    return logits


@pytest.mark.parametrize("method", LINEAR)
def test_terms_are_the_regression(method: str) -> None:
    """Base and terms of each setting give scikit-learn's probabilities, of other customers, too.

    The base is the mean logit of the customers fitted on: contributions are Shapley values.
    """
    train, test = customers(300, 1), customers(200, 2)
    for setting in CHURN.methods[method].grid:
        fitted = Predictor(CHURN, method, setting.name, NAMES)
        fitted.fit(train.numbers, train.words, train.outcome)
        found = terms(fitted, train.numbers, train.words)
        logits = applied(found, test.numbers, test.words)
        expected = fitted.predict(test.numbers, test.words)
        assert 1 / (1 + np.exp(-logits)) == pytest.approx(expected, abs=1e-9)
        own = applied(found, train.numbers, train.words)
        assert own.mean() == pytest.approx(found[0]["coefficient"], abs=1e-9)


def test_tree_rules_are_the_tree() -> None:
    """Leaves hold all customers, and rates are those of the leaves' predictions."""
    train = customers(300, 1)
    tree = Predictor(CHURN, "decision_tree", "depth 4", NAMES)
    tree.fit(train.numbers, train.words, train.outcome)
    matrix = tree.encoder.transform(train.numbers, train.words)
    named = [(name, "log") for name in NAMES] + [("country", "word")]
    found = rules(tree, named, matrix, train.outcome, True)
    assert sum(row["customer_count"] for row in found) == 300
    predicted = tree.predict(train.numbers, train.words)
    rates = {round(row["purchase_rate"], 9) for row in found}
    assert {round(float(rate), 9) for rate in predicted} == rates
    assert "decayed purchase days" in found[0]["rule"]
    assert [row["rule_number"] for row in found] == list(range(1, len(found) + 1))
    assert found[0]["purchase_rate"] == min(row["purchase_rate"] for row in found)
    (first, *_) = rules(tree, named, matrix, train.outcome, False)
    assert first["purchase_rate"] == max(row["purchase_rate"] for row in found)


@pytest.mark.parametrize("method", EXPLAINED)
def test_base_and_contributions_are_the_score(method: str) -> None:
    """They add up to the probability, of boosted trees to the logit; what is empty adds nothing."""
    pytest.importorskip("shap")
    train, test = customers(300, 1), customers(50, 2)
    fitted = Predictor(CHURN, method, CHURN.methods[method].grid[0].name, NAMES)
    fitted.fit(train.numbers, train.words, train.outcome)
    base, added = contributions(fitted, test.numbers, test.words, [*NAMES, "country"])
    score = fitted.predict(test.numbers, test.words)
    if method == "gradient_boosting":
        score = np.log(score / (1 - score))
    assert base + added.sum(axis=1) == pytest.approx(score, abs=1e-6)
    assert np.abs(added[:, 5]).mean() > np.abs(added[:, 1]).mean()
    assert (added[:, NAMES.index("age")] == 0).all()


def test_setting_needs_two_windows() -> None:
    """The first setting stays with one window, and where another one wins in one of two."""
    first, other = (setting.name for setting in CHURN.methods["decision_tree"].grid)
    won = {("decision_tree", first): 0.2, ("decision_tree", other): 0.1}
    lost = {("decision_tree", first): 0.2, ("decision_tree", other): 0.3}
    assert chosen_setting(CHURN, "decision_tree", []) == first
    assert chosen_setting(CHURN, "decision_tree", [won]) == first
    assert chosen_setting(CHURN, "decision_tree", [won, lost]) == first
    assert chosen_setting(CHURN, "decision_tree", [won, won]) == other


def test_mean_is_of_the_good_ones() -> None:
    """Those better than the rule in every window; where fewer than two are, the usual three."""
    rule = {("purchase_decay", "unpenalized"): 0.2}
    methods = ["logistic_regression", "decision_tree", "random_forest", "gradient_boosting"]
    first = {method: (method, CHURN.methods[method].grid[0].name) for method in methods}
    window = rule | {first[method]: 0.1 for method in methods[1:3]}
    window |= {first[method]: 0.3 for method in (methods[0], methods[3])}
    assert good_methods(CHURN, methods, [window]) == methods[1:3]
    usual = ["logistic_regression", "random_forest", "gradient_boosting"]
    bad = rule | {first[method]: 0.3 for method in methods}
    assert good_methods(CHURN, methods, [window, bad]) == usual
    assert good_methods(CHURN, methods, []) == usual


def swapped(sample: Sample) -> Sample:
    """The same customers, of whom the others came back."""
    return sample._replace(outcome=~sample.outcome)


def taken(trials: Trials, methods: list[str]) -> dict[tuple[date, str], Trial]:
    """{(day, method): the trial with the setting that the day takes}."""
    return {(day, method): one for day, method, one in trials.run(methods) if one.is_taken}


def test_other_dates_change_nothing(samples: dict[date, Sample]) -> None:
    """Trials by which later dates choose are the same where fewer windows were closed."""
    methods = ["logistic_regression", "decision_tree", "mean"]
    more = made(samples)
    fewer = Trials(
        CHURN, samples, dict(list(more.trained.items())[1:]), {DAYS[3]: [DAYS[2]]}, NAMES
    )
    one, other = (
        {(day, method): trial for day, method, trial in trials.run(methods) if trial.is_usual}
        for trials in (more, fewer)
    )
    for method in (*methods, "purchase_decay"):
        key = DAYS[2], method
        assert one[key].setting == other[key].setting
        assert (one[key].tested == other[key].tested).all()


def test_a_window_does_not_choose_its_own_fit(samples: dict[date, Sample]) -> None:
    """With a window's outcomes swapped its own trials are bit for bit the same; later ones are not.

    A fit learns from the window before, and settings from windows before that.
    """
    methods = ["logistic_regression", "decision_tree", "mean"]
    one = taken(made(samples), methods)
    changed = samples | {DAYS[2]: swapped(samples[DAYS[2]])}
    other = taken(made(changed), methods)
    for key, trial in one.items():
        same = trial.setting == other[key].setting and (trial.tested == other[key].tested).all()
        assert same == (key[0] != DAYS[3]), key


def test_an_outcome_among_features_is_seen(samples: dict[date, Sample]) -> None:
    """Where a feature knows what followed, the Brier score falls far below what is possible."""
    knowing = {
        day: sample
        if sample.outcome is None
        else sample._replace(
            numbers=np.column_stack([sample.outcome, sample.numbers[:, 1:]]).astype(float)
        )
        for day, sample in samples.items()
    }
    scores = [dict(self_scores(made(given))) for given in (samples, knowing)]
    assert scores[0][DAYS[2]] > 0.1
    assert scores[1][DAYS[2]] < 0.01


def self_scores(trials: Trials) -> list[tuple[date, float]]:
    """(day, Brier score of the logistic regression) of the closed dates."""
    return [
        (day, CHURN.loss(trial.tested, trials.samples[day].outcome))
        for day, method, trial in trials.run(["logistic_regression"])
        if method == "logistic_regression" and trials.samples[day].outcome is not None
    ]
