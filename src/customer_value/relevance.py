"""How much a feature tells about who comes back: information gain, correlation, permutation."""

from collections.abc import Callable

import numpy as np

SEED = 0
TENTHS = 10
REPEATS = 2  # a column is shuffled so often


def entropy(shares: np.ndarray) -> float:
    """Entropy in bits (Shannon 1948): 1 for (½, ½), .811278 for (¾, ¼).

    Parameters
    ----------
    shares : np.ndarray
        Shape (kinds,), adding up to 1.
    """
    kept = shares[shares > 0]
    return float(-(kept * np.log2(kept)).sum()) + 0.0


def information_gain(whole: float, sizes: np.ndarray, parts: np.ndarray) -> float:
    """By how much the entropy falls when a whole is split (Quinlan 1986).

    Parameters
    ----------
    whole : float
        Entropy before the split.
    sizes, parts : np.ndarray
        Shape (parts,): customers in each part, and its entropy.
    """
    return float(whole - (sizes * parts).sum() / sizes.sum())


def weights(gains: np.ndarray) -> np.ndarray:
    """Shares of a sum, so that they add up to 1; all 0 where nothing was gained."""
    total = gains.sum()
    return gains / total if total > 0 else np.zeros_like(gains)


def parts_of(values: np.ndarray) -> np.ndarray:
    """The part that each customer is in: of ten by the value, equal ones in one, or missing.

    Parameters
    ----------
    values : np.ndarray
        Shape (customers,), NaN where missing.

    Returns
    -------
    np.ndarray
        Shape (customers,), of int; the last part is of those missing.
    """
    missing = np.isnan(values)
    known = values[~missing]
    if not len(known):
        return np.zeros(len(values), dtype=int)
    cuts = np.unique(np.quantile(known, np.arange(1, TENTHS) / TENTHS, method="lower"))
    return np.where(missing, TENTHS, np.searchsorted(cuts, values, side="left"))


def mutual_information(values: np.ndarray, came_back: np.ndarray) -> float:
    """The information gain, in bits, of knowing in which tenth a customer's value is.

    Parameters
    ----------
    values, came_back : np.ndarray
        Shape (customers,).
    """
    parts = parts_of(values)
    sizes = np.bincount(parts)
    buyers = np.bincount(parts, came_back.astype(float))
    filled = sizes > 0
    rates = buyers[filled] / sizes[filled]
    whole = came_back.mean()
    inside = np.array([entropy(np.array([rate, 1 - rate])) for rate in rates])
    gain = information_gain(entropy(np.array([whole, 1 - whole])), sizes[filled], inside)
    return max(gain, 0.0)


def correlation(values: np.ndarray, came_back: np.ndarray) -> float:
    """Pearson's correlation among the customers whose value is known; NaN where nothing differs."""
    known = ~np.isnan(values)
    x, y = values[known], came_back[known].astype(float)
    if len(x) < 2 or np.ptp(x) < 1e-9 or np.ptp(y) < 1e-9:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def permutation_importances(
    predict: Callable[[np.ndarray], np.ndarray], numbers: np.ndarray, came_back: np.ndarray
) -> np.ndarray:
    """By how much the Brier score rises when a column is shuffled (Breiman 2001).

    Parameters
    ----------
    predict : callable
        Gives probabilities of customers × features.
    numbers : np.ndarray
        Customers × features: not those that `predict` was fitted on.
    came_back : np.ndarray
        Shape (customers,), of bool.

    Returns
    -------
    np.ndarray
        Shape (features,); 0 for a column that is the same for all.
    """
    before = np.mean((predict(numbers) - came_back) ** 2)
    random = np.random.default_rng(SEED)
    orders = [random.permutation(len(numbers)) for _ in range(REPEATS)]
    rises = np.zeros(numbers.shape[1])
    for column in range(numbers.shape[1]):
        values = numbers[:, column].copy()
        if len(np.unique(values)) < 2:
            continue
        for order in orders:
            numbers[:, column] = values[order]
            after = np.mean((predict(numbers) - came_back) ** 2)
            rises[column] += (after - before) / REPEATS
        numbers[:, column] = values
    return rises
