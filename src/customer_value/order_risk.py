"""Which orders are unlike the others, and by what: an isolation forest and its explanation."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from customer_value.predictors import SEED, prepared
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline

# what an order is, and how far that lies from its customer's, its products' and the shop's own;
# True where the logarithm is taken
FEATURES = {
    "line_count": True,
    "order_amount": True,
    "unit_count": True,
    "largest_line_amount": True,
    "largest_quantity": True,
    "largest_line_share": False,
    "customer_amount_score": False,
    "customer_quantity_score": False,
    "product_quantity_score": False,
    "price_deviation": False,
}
# rare by nature, so that a forest takes each of them for odd; labels tell what they are worth
RARE_FEATURES = {
    "customer_order_count": True,
    "hour_order_count": True,
    "orders_before_new_payment_method": True,
    "orders_before_new_country": True,
    "days_without_visit": True,
}
TREES = 200
TREE_ORDERS = 256  # of each tree (Liu, Ting, Zhou 2008)
FIT_ORDERS = 100_000  # that trees draw from, and that labels are learned from
ROWS_AT_ONCE = 50_000
FEWEST_LABELS = 20  # of frauds, and of others
FOLDS = 5


def columns(features: dict[str, bool]) -> str:
    """The features as SQL expressions of doubles, in their order."""
    return ", ".join(
        f"ln(1 + greatest(cast({name} as double), 0)) as {name}"
        if is_logarithm
        else f"cast({name} as double) as {name}"
        for name, is_logarithm in features.items()
    )


def drawn_rows(matrix: np.ndarray, count: int) -> np.ndarray:
    """The places of at most so many rows, spread evenly over their order by what they hold.

    Parameters
    ----------
    matrix : np.ndarray
        Shape (rows, features).
    count : int
        How many are drawn; all where there are fewer.

    Returns
    -------
    np.ndarray
        Places in `matrix`, in the order of what the rows hold: the rows drawn are the same in
        whatever order they came.
    """
    order = np.lexsort(matrix.T[::-1])
    if len(order) <= count:
        return order
    return order[np.linspace(0, len(order) - 1, count).astype(int)]


def fit_forest(matrix: np.ndarray) -> IsolationForest | None:
    """An isolation forest (Liu, Ting, Zhou 2008, Isolation Forest).

    Parameters
    ----------
    matrix : np.ndarray
        Shape (orders, features), finite, in any order.

    Returns
    -------
    IsolationForest or None
        None where no order differs from another.
    """
    if not len(matrix) or not np.ptp(matrix, axis=0).any():
        return None
    drawn = matrix[drawn_rows(matrix, FIT_ORDERS)]
    forest = IsolationForest(
        n_estimators=TREES, max_samples=min(TREE_ORDERS, len(drawn)), random_state=SEED
    )
    return forest.fit(drawn)


def anomaly_scores(forest: IsolationForest, matrix: np.ndarray) -> np.ndarray:
    """2 to the power of minus the mean depth over the usual one, from 0 to 1, higher where odd.

    Parameters
    ----------
    forest : IsolationForest
        What `fit_forest` gives.
    matrix : np.ndarray
        Shape (orders, features).

    Returns
    -------
    np.ndarray
        Shape (orders,).
    """
    starts = range(0, len(matrix), ROWS_AT_ONCE)
    parts = [matrix[start : start + ROWS_AT_ONCE] for start in starts]
    # each row has its own sum over the trees, so that threads change nothing
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        scores = list(threads.map(forest.score_samples, parts))
    return -np.concatenate(scores) if scores else np.zeros(0)


def feature_effects(
    forest: IsolationForest, matrix: np.ndarray, scores: np.ndarray, usual: np.ndarray
) -> np.ndarray:
    """By how much the score falls when one feature is made usual, the others left as they are.

    Parameters
    ----------
    forest : IsolationForest
        What `fit_forest` gives.
    matrix, scores : np.ndarray
        Orders × features, and their scores.
    usual : np.ndarray
        The median of each feature.

    Returns
    -------
    np.ndarray
        Shape (orders, features).
    """
    effects = np.zeros(matrix.shape)
    for place, value in enumerate(usual):
        changed = matrix.copy()
        changed[:, place] = value
        effects[:, place] = scores - anomaly_scores(forest, changed)
    return effects


def strongest(effects: np.ndarray, names: list[str], count: int) -> list[list[str | None]]:
    """The names of the features with the largest effects above zero, largest first.

    Parameters
    ----------
    effects : np.ndarray
        Shape (orders, features).
    names : list of str
        The features' names.
    count : int
        How many of them.

    Returns
    -------
    list of list
        `count` lists with a name, or None, for each order.
    """
    order = np.argsort(-effects, axis=1, kind="stable")[:, :count]
    largest = np.take_along_axis(effects, order, axis=1)
    named = np.array(names, dtype=object)[order]
    named[largest <= 0] = None
    return [list(column) for column in named.T]


def fraud_classifier() -> Pipeline:
    """Logistic regression; both kinds weigh the same, since frauds are few."""
    regression = LogisticRegression(C=0.1, class_weight="balanced", max_iter=1000)
    return make_pipeline(*prepared(), regression)


def drawn_labels(matrix: np.ndarray, is_fraud: np.ndarray) -> np.ndarray:
    """The places of the orders that labels are learned from: of each kind half of them at most.

    Parameters
    ----------
    matrix : np.ndarray
        Shape (orders, features), NaN where missing.
    is_fraud : np.ndarray
        Shape (orders,), of bool.

    Returns
    -------
    np.ndarray
        Places in `matrix`; none where one kind is too rare.
    """
    kinds = [np.flatnonzero(is_fraud), np.flatnonzero(~is_fraud)]
    if min(len(places) for places in kinds) < FEWEST_LABELS:
        return np.zeros(0, dtype=int)
    known = np.nan_to_num(matrix, nan=-1.0)
    return np.concatenate([places[drawn_rows(known[places], FIT_ORDERS // 2)] for places in kinds])


def fraud_scores(
    matrix: np.ndarray, is_fraud: np.ndarray, is_learned_from: np.ndarray
) -> np.ndarray | None:
    """How likely each order is fraud, as far as ranks go; none of them tells of itself.

    An order that is learned from has the score of a fit on the other folds (Stone 1974).

    Parameters
    ----------
    matrix : np.ndarray
        Shape (orders, features), NaN where missing.
    is_fraud, is_learned_from : np.ndarray
        Shape (orders,), of bool.

    Returns
    -------
    np.ndarray or None
        Shape (orders,), from 0 to 1; None where there are too few of a kind.
    """
    learned = np.flatnonzero(is_learned_from)
    learned = learned[drawn_labels(matrix[learned], is_fraud[learned])]
    if not len(learned):
        return None
    rows, labels = matrix[learned], is_fraud[learned]
    scores = fraud_classifier().fit(rows, labels).predict_proba(matrix)[:, 1]
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    scores[learned] = cross_val_predict(
        fraud_classifier(), rows, labels, cv=folds, method="predict_proba"
    )[:, 1]
    return scores
