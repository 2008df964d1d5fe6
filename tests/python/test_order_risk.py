"""The functions behind order risk, on small matrices."""

import numpy as np
import pytest
from customer_value.order_risk import (
    FEATURES,
    FEWEST_LABELS,
    TREES,
    anomaly_scores,
    drawn_rows,
    feature_effects,
    fit_forest,
    fraud_scores,
    strongest,
)
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

DRAW = np.random.default_rng(1)
ORDINARY = DRAW.uniform(size=(600, 4))


def with_an_odd_one() -> np.ndarray:
    """Ordinary rows, and at place 10 one whose third feature is far from all others."""
    matrix = ORDINARY.copy()
    matrix[10, 2] = 40.0
    return matrix


def test_drawn_rows_depend_on_what_they_hold() -> None:
    """The same rows are drawn in whatever order they come, spread over their order."""
    mixed = DRAW.permutation(len(ORDINARY))
    for count in (7, 100, 600, 5000):
        one = ORDINARY[drawn_rows(ORDINARY, count)]
        other = ORDINARY[mixed][drawn_rows(ORDINARY[mixed], count)]
        assert np.array_equal(one, other)
        assert len(one) == min(count, len(ORDINARY))
    first = np.sort(ORDINARY[:, 0])
    assert ORDINARY[drawn_rows(ORDINARY, 7), 0][[0, -1]].tolist() == [first[0], first[-1]]


def test_scores_are_scikit_learns() -> None:
    """The forest of all rows in their order gives these scores, in parts as in one."""
    matrix = with_an_odd_one()
    forest = fit_forest(matrix)
    ours = anomaly_scores(forest, matrix)
    rows = matrix[np.lexsort(matrix.T[::-1])]
    theirs = IsolationForest(n_estimators=TREES, max_samples=256, random_state=0).fit(rows)
    assert ours == pytest.approx(-theirs.score_samples(matrix), abs=1e-12)
    assert ours.argmax() == 10
    assert 0.3 < np.median(ours) < 0.55


def test_order_of_rows_changes_no_score() -> None:
    """Rows in another order have the same scores, to the last digit."""
    matrix = with_an_odd_one()
    mixed = DRAW.permutation(len(matrix))
    one = anomaly_scores(fit_forest(matrix), matrix)
    other = anomaly_scores(fit_forest(matrix[mixed]), matrix[mixed])
    assert np.array_equal(one[mixed], other)


@pytest.mark.parametrize(
    "matrix", [np.zeros((0, 4)), np.ones((1, 4)), np.ones((50, 4))], ids=["none", "one", "alike"]
)
def test_what_is_alike_has_no_forest(matrix: np.ndarray) -> None:
    """No rows, one row, or rows that do not differ: nothing is odd."""
    assert fit_forest(matrix) is None


def test_two_rows_are_enough_to_live() -> None:
    """A forest of two rows scores them, and nothing at zero rows."""
    forest = fit_forest(ORDINARY[:2])
    assert np.isfinite(anomaly_scores(forest, ORDINARY[:2])).all()
    assert anomaly_scores(forest, np.zeros((0, 4))).shape == (0,)


def test_effects_name_what_is_odd() -> None:
    """The odd feature lowers the score most; what lowers nothing is no reason."""
    matrix = with_an_odd_one()
    forest = fit_forest(matrix)
    scores = anomaly_scores(forest, matrix)
    effects = feature_effects(forest, matrix[[10]], scores[[10]], np.median(matrix, axis=0))
    changed = matrix[[10]].copy()
    changed[0, 2] = np.median(matrix[:, 2])
    assert effects[0, 2] == pytest.approx(
        scores[10] - anomaly_scores(forest, changed)[0], abs=1e-12
    )
    assert strongest(effects, list("abcd"), 2)[0] == ["c"]
    assert strongest(np.array([[0.1, -0.2, 0.0, 0.3]]), list("abcd"), 3) == [["d"], ["a"], [None]]


def labelled(seed: int, count: int = 800) -> tuple[np.ndarray, np.ndarray]:
    """Orders with one telling feature, one of noise and one often missing; 6 % are frauds."""
    draw = np.random.default_rng(seed)
    is_fraud = draw.random(count) < 0.06
    matrix = draw.normal(size=(count, 3))
    matrix[:, 0] += 2 * is_fraud
    matrix[draw.random(count) < 0.4, 2] = np.nan
    return matrix, is_fraud


def test_frauds_are_told_by_other_orders() -> None:
    """What tells is found; where nothing does, an order's own label is not in its score."""
    matrix, is_fraud = labelled(3)
    everyone = np.ones(len(matrix), dtype=bool)
    assert roc_auc_score(is_fraud, fraud_scores(matrix, is_fraud, everyone)) > 0.85
    noise = np.random.default_rng(5).normal(size=(300, 60))
    tossed = np.random.default_rng(6).random(300) < 0.1
    scores = fraud_scores(noise, tossed, np.ones(300, dtype=bool))
    assert roc_auc_score(tossed, scores) < 0.7


def test_later_labels_change_no_score() -> None:
    """Orders that are not learned from may be labelled in any way."""
    matrix, is_fraud = labelled(4)
    learned = np.arange(len(matrix)) < 600
    other = np.where(learned, is_fraud, ~is_fraud)
    assert np.array_equal(
        fraud_scores(matrix, is_fraud, learned), fraud_scores(matrix, other, learned)
    )


@pytest.mark.parametrize("kind", [True, False])
def test_few_labels_of_a_kind_teach_nothing(kind: bool) -> None:
    """One label short of either kind there is no score; with it there is."""
    matrix, _ = labelled(7, 400)
    everyone = np.ones(400, dtype=bool)
    rare = np.arange(400) < FEWEST_LABELS - 1
    assert fraud_scores(matrix, rare if kind else ~rare, everyone) is None
    enough = np.arange(400) < FEWEST_LABELS
    assert fraud_scores(matrix, enough if kind else ~enough, everyone) is not None


def test_features_are_those_of_the_forest() -> None:
    """Ten numbers, of which those without bounds are taken as logarithms."""
    assert len(FEATURES) == 10
    assert [name for name, is_logarithm in FEATURES.items() if not is_logarithm] == [
        "largest_line_share",
        "customer_amount_score",
        "customer_quantity_score",
        "product_quantity_score",
        "price_deviation",
    ]
