"""A decision tree as rows that a person reads: one per leaf, with its condition in words."""

from typing import Any

import numpy as np
from customer_value.predictors import Predictor

# in names of whole numbers
WHOLE = ("count", "frequency", "recency_days", "tenure_days", "days_since")


def number_words(value: float) -> str:
    """A number as people write it: 1,234, 64 or 0.5."""
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2f}".rstrip("0").rstrip(".")


def condition(name: str, threshold: float, scale: str, is_above: bool) -> str:
    """One step of a path: `recency days at most 64`.

    Parameters
    ----------
    name : str
        The feature's name.
    threshold : float
        On the feature's scale.
    scale : str
        `log` is ln(1 + x), `root` the square root, `plain` x.
    is_above : bool
        Whether the path goes on above the threshold.
    """
    value = {"log": np.expm1, "root": np.square}.get(scale, float)(threshold)
    if any(word in name for word in WHOLE):
        value = float(np.floor(value))
    return f"{name.replace('_', ' ')} {'above' if is_above else 'at most'} {number_words(value)}"


def column_words(predictor: Predictor, features: list[tuple[str, str]]) -> list[tuple]:
    """What each column of the tree is: (name, scale, kind).

    Parameters
    ----------
    predictor : Predictor
        A fitted tree.
    features : list of tuple
        Name and scale of the numbers and then of the words.

    Returns
    -------
    list of tuple
        Kind is `number`, `word` or `missing`.
    """
    selected, imputer = (step for _, step in predictor.estimator.steps[:2])
    numbers = len(predictor.places)
    described: list[tuple] = []
    for place in selected.columns_:
        if place < numbers:
            described.append((*features[place], "number"))
        else:
            feature, word = predictor.encoder.words[place - numbers]
            described.append((f"{features[numbers + feature][0]} {word}", "word", "word"))
    return described + [(*described[k][:2], "missing") for k in imputer.indicator_.features_]


def step_words(column: tuple, threshold: float, is_above: bool) -> str:
    """One step of a path in words, of a number, a word or of what is missing."""
    name, scale, kind = column
    words = name.replace("_", " ")
    if kind == "missing":
        return f"{words} not known" if is_above else f"{words} known"
    if kind == "word":
        return words if is_above else f"not {words}"
    return condition(name, threshold, scale, is_above)


def shortened(steps: list[tuple[tuple, float, bool]]) -> list[str]:
    """A path's steps in words; of several about one side of one feature the last, which is closest.

    Parameters
    ----------
    steps : list of tuple
        (column, threshold, whether the path goes on above it), from the root.
    """
    last = {
        (column, is_above): step_words(column, cut, is_above) for column, cut, is_above in steps
    }
    return list(last.values())


def rules(
    predictor: Predictor,
    features: list[tuple[str, str]],
    matrix: np.ndarray,
    came_back: np.ndarray,
    is_lowest_first: bool,
) -> list[dict[str, Any]]:
    """The leaves of a fitted tree, in the order of the share that came back.

    Parameters
    ----------
    predictor : Predictor
        A fitted tree.
    features : list of tuple
        Name and scale of the numbers and then of the words.
    matrix : np.ndarray
        Customers × encoded features: those fitted on.
    came_back : np.ndarray
        Shape (customers,).
    is_lowest_first : bool
        Whether the leaf with the lowest share is the first, and not that with the highest.

    Returns
    -------
    list of dict
        rule_number, rule, depth, customer_count, purchase_rate. A tree that is a constant has one
        leaf, `all customers`.
    """
    if predictor.constant is not None:
        return [_row([], len(came_back), float(came_back.mean()))]
    tree = predictor.estimator[-1].tree_
    columns = column_words(predictor, features)
    leaves = predictor.estimator[-1].apply(predictor.estimator[:-1].transform(matrix))
    found: list[dict[str, Any]] = []

    def walk(node: int, steps: list[tuple[tuple, float, bool]]) -> None:
        if tree.children_left[node] < 0:
            inside = leaves == node
            found.append(_row(steps, int(inside.sum()), float(came_back[inside].mean())))
            return
        column, threshold = columns[tree.feature[node]], float(tree.threshold[node])
        walk(tree.children_left[node], [*steps, (column, threshold, False)])
        walk(tree.children_right[node], [*steps, (column, threshold, True)])

    walk(0, [])
    sign = 1 if is_lowest_first else -1
    found.sort(key=lambda row: (sign * row["purchase_rate"], row["rule"]))
    return [row | {"rule_number": number} for number, row in enumerate(found, start=1)]


def _row(steps: list, customers: int, rate: float) -> dict[str, Any]:
    words = " and ".join(shortened(steps)) or "all customers"
    row = {"rule_number": 1, "rule": words, "depth": len(steps)}
    return row | {"customer_count": customers, "purchase_rate": rate}
