"""Segments by k-means on z-scored logarithms, and how good each number of them is.

All customers are fitted by Lloyd's algorithm from fifty k-means++ starts (Arthur and Vassilvitskii
2007). Where they are many, each of ten samples is fitted, and its centers go on on all customers
(Bradley and Fayyad 1998, Refining initial points for k-means clustering). Every bootstrap sample
is searched from few starts: the search comes down from the largest number of segments, and each
number starts from what the next larger one found less a center (Fränti and Virmajoki 2006,
Iterative shrinking method for clustering problems), beside k-means++ draws.

Silhouette (Rousseeuw 1987), Davies-Bouldin (1979) and Calinski-Harabasz (1974) say how compact and
apart segments are. Stability is the mean adjusted Rand index (Hubert and Arabie 1985) between the
segments of all customers and those of the bootstrap samples. These are searched without knowing of
each other or of the fit to all customers: started from that they find it again. A small segment
weighs little in that index, so its own Jaccard index says whether it is found again: that with its
best match among the customers drawn, as a mean over the samples (Hennig 2007, Cluster-wise
assessment of cluster stability).
"""

import numpy as np
import pyarrow as pa
import sklearn
from customer_value.threads import sum_in_one_order
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.metrics import (
    calinski_harabasz_score,
    davies_bouldin_score,
    pairwise_distances_chunked,
)

SEED = 0
SEARCHED_CUSTOMERS = 5_000  # silhouette takes all pairs, stability refits: both on so many
RESAMPLES = 15
SMALL_SHARE = 0.02  # of customers: a smaller segment has to be found again by itself
# measured on three shops against the best of fifty restarts: within .1 % of its squares
FURTHER_NUMBERS = 1  # above the largest that is asked for: from there the search comes down
LEFT_OUT = 2  # centers left out in turn of what one segment more found
REFIT_DRAWS = 2  # k-means++ starts of each number on a bootstrap sample
RESTARTS = 50  # on all customers, where they are not more than searched ones; ten miss optima
# on 20,000 customers of the generated shop the squares are within .02 % of those of fifty restarts
SAMPLES = 10
SAMPLE_RESTARTS = 2
SCHEMA = pa.schema(
    [
        ("fitted_as_of", pa.date32()),
        ("segmentation", pa.string()),
        ("segment_count", pa.int32()),
        ("customer_count", pa.int64()),
        ("log_means", pa.list_(pa.float64())),
        ("log_deviations", pa.list_(pa.float64())),
        ("centers", pa.list_(pa.list_(pa.float64()))),
        ("components", pa.list_(pa.list_(pa.float64()))),
        ("component_shares", pa.list_(pa.float64())),
        ("inertia", pa.float64()),
        ("silhouette", pa.float64()),
        ("davies_bouldin", pa.float64()),
        ("calinski_harabasz", pa.float64()),
        ("smallest_center_distance", pa.float64()),
        ("mean_center_distance", pa.float64()),
        ("stability", pa.float64()),
        ("stability_low", pa.float64()),
        ("stability_deviation", pa.float64()),
        ("resample_count", pa.int32()),
        ("small_segment_count", pa.int32()),
        ("small_segment_jaccard", pa.float64()),
    ]
)


def standardize(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Z-scores by the population's deviation.

    Parameters
    ----------
    values : np.ndarray
        Customers × features.

    Returns
    -------
    tuple of np.ndarray
        Z-scores (customers × features), means and deviations (features); the deviation of a
        constant feature is given as 1, so that its z-scores are 0.
    """
    mean = values.mean(axis=0)
    deviation = values.std(axis=0)
    deviation = np.where(deviation > 1e-9, deviation, 1.0)
    return (values - mean) / deviation, mean, deviation


def principal_components(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two directions in which customers differ most (Jolliffe 2002, section 1.1).

    Parameters
    ----------
    points : np.ndarray
        Customers × features, of mean 0.

    Returns
    -------
    tuple of np.ndarray
        Components (2 × features, of length 1; the largest loading is above 0) and the share of the
        variance that each explains (2). A component that is not there is 0 and explains 0.
    """
    components = np.zeros((2, points.shape[1]))
    shares = np.zeros(2)
    variances, vectors = np.linalg.eigh(points.T @ points)
    for place in range(min(2, (variances > 1e-9 * len(points)).sum())):
        vector = vectors[:, -1 - place]
        components[place] = vector * np.sign(vector[np.abs(vector).round(9).argmax()])
        shares[place] = variances[-1 - place] / variances.sum()
    return components.round(9), shares.round(9)


def best_run(points: np.ndarray, weights: np.ndarray, starts: list[np.ndarray]) -> np.ndarray:
    """The centers with the least squares of those that Lloyd's algorithm makes of the starts.

    Parameters
    ----------
    points : np.ndarray
        Customers × features, of mean 0.
    weights : np.ndarray
        Shape (customers,): how often each counts.
    starts : list of np.ndarray
        Each segments × features.

    Returns
    -------
    np.ndarray
        Segments × features.
    """
    following = iter(starts)
    means = KMeans(
        len(starts[0]),
        init=lambda *_, **__: next(following).copy(),  # a run writes into its start
        n_init=len(starts),
        random_state=SEED,
        algorithm="lloyd",
    )
    return means.fit(points, sample_weight=weights).cluster_centers_


def squared_distances(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Points × centers; sums of products, so that rounding can leave a little below zero."""
    products = points @ centers.T
    return (points**2).sum(axis=1)[:, None] - 2 * products + (centers**2).sum(axis=1)


def without_one(
    points: np.ndarray, weights: np.ndarray, centers: np.ndarray, wanted: int
) -> list[np.ndarray]:
    """The centers less one whose customers lose little when they go to their next nearest.

    Parameters
    ----------
    points, weights, centers : np.ndarray
        Customers × features, how often each counts, segments × features.
    wanted : int
        How many starts, each without another center, from the one that loses least on.

    Returns
    -------
    list of np.ndarray
        Each segments - 1 × features.
    """
    squares = squared_distances(points, centers)
    nearest, following = np.partition(squares, 1, axis=1)[:, :2].T
    lost = np.bincount(squares.argmin(axis=1), weights * (following - nearest), len(centers))
    return [np.delete(centers, place, axis=0) for place in np.argsort(lost, kind="stable")[:wanted]]


def drawn_starts(
    points: np.ndarray, weights: np.ndarray, largest: int, draws: int, seed: int
) -> dict[int, list[np.ndarray]]:
    """Centers to start from by k-means++, for each number of segments from two on.

    Parameters
    ----------
    points, weights : np.ndarray
        Customers × features, how often each counts.
    largest : int
        The most segments; the first so many of points that k-means++ draws are such a draw, too.
    draws : int
        How many starts of each number.
    seed : int
        Of the first draw.

    Returns
    -------
    dict
        For each number its starts, each segments × features.
    """
    drawn = [
        kmeans_plusplus(points, largest, sample_weight=weights, random_state=seed + draw)[0]
        for draw in range(draws)
    ]
    return {count: [centers[:count] for centers in drawn] for count in range(2, largest + 1)}


def search(
    points: np.ndarray,
    weights: np.ndarray,
    starts: dict[int, list[np.ndarray]],
) -> dict[int, np.ndarray]:
    """The best centers found of every number of segments.

    Parameters
    ----------
    points : np.ndarray
        Customers × features.
    weights : np.ndarray
        Shape (customers,): how often each counts.
    starts : dict
        For each number, at most as many as there are different points, centers to start from,
        beside those that are left of one more segment.

    Returns
    -------
    dict
        For each number its centers, segments × features.
    """
    middle = points.mean(axis=0)  # KMeans centers points, but not the starts that best_run gives
    points = points - middle
    found: dict[int, np.ndarray] = {}
    for count in sorted(starts, reverse=True):
        new = [centers - middle for centers in starts[count]]
        if count + 1 in found:
            new += without_one(points, weights, found[count + 1], LEFT_OUT)
        found[count] = best_run(points, weights, new)
    return {count: found[count] + middle for count in sorted(found)}


def refits(points: np.ndarray, largest: int) -> list[tuple[np.ndarray, dict[int, np.ndarray]]]:
    """The centers that are found when customers are drawn again, for every number of segments.

    Parameters
    ----------
    points : np.ndarray
        Customers × features.
    largest : int
        The most segments.

    Returns
    -------
    list of tuple
        RESAMPLES times the places of the customers drawn, and for 1, 2, … segments the centers,
        each segments × features. The last ones are missing where fewer different customers were
        drawn.
    """
    _, kinds = np.unique(points.round(9), axis=0, return_inverse=True)
    random = np.random.default_rng(SEED)
    found = []
    for seed in range(RESAMPLES):
        drawn = random.integers(0, len(points), len(points))
        places, times = np.unique(drawn, return_counts=True)  # drawn twice counts twice
        rows, weights = points[places], times.astype(np.float64)
        count = min(largest, len(np.unique(kinds[places])))
        starts = drawn_starts(rows, weights, count, REFIT_DRAWS, seed * REFIT_DRAWS)
        one = np.average(rows, axis=0, weights=weights)[None]
        found.append((places, {1: one} | search(rows, weights, starts)))
    return found


def fit(points: np.ndarray, largest: int) -> dict[int, np.ndarray]:
    """The best centers of all customers, of many restarts.

    Parameters
    ----------
    points : np.ndarray
        Customers × features.
    largest : int
        The most segments.

    Returns
    -------
    dict
        For 1, 2, … segments their centers, segments × features.
    """

    def centers(some: np.ndarray, count: int, restarts: int, seed: int = SEED) -> np.ndarray:
        means = KMeans(count, n_init=restarts, random_state=seed, algorithm="lloyd")
        return means.fit(some).cluster_centers_

    counts = range(1, largest + 1)
    if len(points) <= SEARCHED_CUSTOMERS:
        return {count: centers(points, count, RESTARTS) for count in counts}
    samples = [
        np.random.default_rng(seed).choice(points, SEARCHED_CUSTOMERS, replace=False)
        for seed in range(SAMPLES)
    ]
    all_alike = np.ones(len(points))
    return {
        count: best_run(
            points,
            all_alike,
            [centers(sample, count, SAMPLE_RESTARTS, seed) for seed, sample in enumerate(samples)],
        )
        for count in counts
    }


def assign(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """The nearest center of each point; of equally near ones the first.

    Parameters
    ----------
    points, centers : np.ndarray
        Points × features and centers × features.

    Returns
    -------
    np.ndarray
        Shape (points,), from 0.
    """
    squares = ((points[:, None, :] - centers[None, :, :]) ** 2).sum(axis=2)
    return squares.round(9).argmin(axis=1)


def in_order(centers: np.ndarray, labels: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """The centers, the one of the most valuable segment first.

    Parameters
    ----------
    centers : np.ndarray
        Segments × features.
    labels, worth : np.ndarray
        Shape (customers,): the customers' segments, from 0, and what orders these by their mean.
    """
    totals = np.bincount(labels, weights=worth, minlength=len(centers))
    means = totals / np.maximum(np.bincount(labels, minlength=len(centers)), 1)
    return centers[np.lexsort((*centers.T[::-1], -np.round(means, 6)))]


def shared_counts(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How many customers each segment of one division shares with each of another.

    Parameters
    ----------
    first, second : np.ndarray
        Shape (customers,): segments from 0.

    Returns
    -------
    np.ndarray
        Segments × segments, up to the highest of each.
    """
    shape = first.max() + 1, second.max() + 1
    return np.bincount(first * shape[1] + second, minlength=shape[0] * shape[1]).reshape(shape)


def adjusted_rand(first: np.ndarray, second: np.ndarray) -> float:
    """How far two divisions of the same customers agree: 1 fully, 0 as by chance.

    Parameters
    ----------
    first, second : np.ndarray
        Shape (customers,): segments from 0. scikit-learn's adjusted_rand_score gives the same; of
        its time, which is half a refit's, most goes to finding out what labels there are.
    """
    shared = shared_counts(first, second)
    pairs, firsts, seconds, total = (
        float((counts * (counts - 1) // 2).sum())
        for counts in (shared, shared.sum(axis=1), shared.sum(axis=0), np.array([len(first)]))
    )
    expected = firsts * seconds / total
    most = (firsts + seconds) / 2
    return 1.0 if most == expected else (pairs - expected) / (most - expected)


def best_jaccard(first: np.ndarray, second: np.ndarray, segment: int) -> float:
    """The Jaccard index of a segment with its best match in another division.

    Parameters
    ----------
    first, second : np.ndarray
        Shape (customers,): segments from 0, of the customers in common.
    segment : int
        A segment of the first division. Without a customer in common it is not found: 0.
    """
    own = first == segment
    shared = np.bincount(second[own], minlength=second.max() + 1)
    either = own.sum() + np.bincount(second) - shared
    return float((shared / np.maximum(either, 1)).max())


def stability(
    points: np.ndarray,
    labels: np.ndarray,
    small: np.ndarray,
    refitted: list[tuple[np.ndarray, np.ndarray]],
) -> dict[str, float]:
    """How far segments are found again when customers are drawn again.

    Parameters
    ----------
    points : np.ndarray
        Customers × features.
    labels : np.ndarray
        Shape (customers,): the segments that are to be found again.
    small : np.ndarray
        The small ones among these segments, which have to be found again by themselves.
    refitted : list of tuple
        Of each refit the places of the customers drawn and the centers, segments × features.

    Returns
    -------
    dict
        By the names of SCHEMA: mean, tenth percentile and standard deviation of the adjusted Rand
        index over all customers, and of the small segments the lowest mean Jaccard index.
    """
    again = [squared_distances(points, centers).argmin(axis=1) for _, centers in refitted]
    scores = [adjusted_rand(labels, segments) for segments in again]
    figures = {
        "stability": float(np.mean(scores)),
        "stability_low": float(np.quantile(scores, 0.1)),
        "resample_count": len(scores),
        "small_segment_count": len(small),
    }
    if len(scores) > 1:
        figures["stability_deviation"] = float(np.std(scores, ddof=1))
    drawn = [places for places, _ in refitted]
    jaccards = [
        np.mean(
            [
                best_jaccard(labels[places], segments[places], segment)
                for places, segments in zip(drawn, again, strict=True)
            ]
        )
        for segment in small
    ]
    return figures | ({"small_segment_jaccard": float(min(jaccards))} if jaccards else {})


def silhouettes(points: np.ndarray, labelings: list[np.ndarray]) -> list[float]:
    """Mean silhouette of several divisions, from distances that are computed once.

    Parameters
    ----------
    points : np.ndarray
        Customers × features.
    labelings : list of np.ndarray
        The segments of each division, from 0, each of shape (customers,).

    Returns
    -------
    list of float
        One per division; a customer alone in a segment counts 0. NaN for a division into one
        segment, or into as many as there are customers.
    """
    members = [np.eye(labels.max() + 1)[labels] for labels in labelings]

    def sums(distances: np.ndarray, _: int) -> np.ndarray:
        return distances @ np.hstack(members)

    of_all = np.vstack(list(pairwise_distances_chunked(points, reduce_func=sums)))
    parts = np.split(of_all, np.cumsum([member.shape[1] for member in members])[:-1], axis=1)
    means = []
    for member, labels, part in zip(members, labelings, parts, strict=True):
        sizes = member.sum(axis=0)
        if not 1 < (sizes > 0).sum() < len(points):
            means.append(np.nan)
            continue
        own = (part * member).sum(axis=1) / np.maximum(sizes[labels] - 1, 1)
        others = np.where((member > 0) | (sizes == 0), np.inf, part / np.maximum(sizes, 1))
        nearest = others.min(axis=1)
        wider = np.maximum(np.maximum(own, nearest), 1e-300)
        means.append(float(np.where(sizes[labels] > 1, (nearest - own) / wider, 0).mean()))
    return means


def compactness(points: np.ndarray, centers: np.ndarray) -> dict[str, float]:
    """How compact one number of segments is, and how far apart.

    Parameters
    ----------
    points : np.ndarray
        Customers × features, z-scores.
    centers : np.ndarray
        Segments × features.

    Returns
    -------
    dict
        Figures by the names of SCHEMA, without those that are not defined (one segment, or each
        customer one).
    """
    labels = assign(points, centers)
    figures = {"inertia": float(((points - centers[labels]) ** 2).sum())}
    if not 1 < len(np.unique(labels)) < len(points):
        return figures
    first, second = np.triu_indices(len(centers), 1)
    distances = np.sqrt(((centers[first] - centers[second]) ** 2).sum(axis=1))
    return figures | {
        "davies_bouldin": davies_bouldin_score(points, labels),
        "calinski_harabasz": calinski_harabasz_score(points, labels),
        "smallest_center_distance": float(distances.min()),
        "mean_center_distance": float(distances.mean()),
    }


@sklearn.config_context(assume_finite=True, skip_parameter_validation=True)
def fit_all(log_values: np.ndarray, worth: np.ndarray, max_segments: int) -> list[dict]:
    """The fits of one date's segmentation, of every number of segments that the data allows.

    Parameters
    ----------
    log_values : np.ndarray
        Customers × features.
    worth : np.ndarray
        Shape (customers,): what orders the segments, by their mean.
    max_segments : int
        The most segments to try.

    Returns
    -------
    list of dict
        For 1, 2, … segments the columns of SCHEMA but the first two. One segment is always there.
        The order of the rows changes nothing.
    """
    order = np.lexsort((worth, *log_values.T[::-1]))
    order = np.random.default_rng(SEED).permutation(order)
    log_values, worth = log_values[order], worth[order]
    points, mean, deviation = standardize(log_values)
    some = points[:SEARCHED_CUSTOMERS]
    largest = min(max_segments + FURTHER_NUMBERS, len(np.unique(some.round(9), axis=0)))
    refitted = refits(some, largest)
    fits = [
        in_order(centers, assign(points, centers), worth).round(9)
        for count, centers in fit(points, min(max_segments, largest)).items()
    ]
    labelings = [assign(some, centers) for centers in fits]
    components, shares = principal_components(points)
    rows = []
    for centers, labels, mean_silhouette in zip(
        fits, labelings, silhouettes(some, labelings), strict=True
    ):
        row = {"segment_count": len(centers), "centers": centers.tolist()}
        row |= {"customer_count": len(points), "log_means": mean, "log_deviations": deviation}
        row |= {"components": components.tolist(), "component_shares": shares}
        row |= compactness(points, centers)
        if not np.isnan(mean_silhouette):
            row["silhouette"] = mean_silhouette
            sizes = np.bincount(assign(points, centers), minlength=len(centers))
            small = np.flatnonzero(sizes < SMALL_SHARE * len(points))
            again = [(places, found[min(len(centers), max(found))]) for places, found in refitted]
            row |= stability(some, labels, small, again)
        rows.append(row)
    return rows


def model(dbt, session):
    """One row per fit date, segmentation and number of segments."""
    sum_in_one_order()
    max_segments = dbt.config.meta_get("max_segments")
    samples = dbt.ref("int_segment_samples").df()
    rows = []
    for (day, name), sample in samples.groupby(["fitted_as_of", "segmentation"], sort=True):
        key = {"fitted_as_of": day.date(), "segmentation": name}
        log_values = np.array(sample["log_values"].tolist(), dtype=np.float64)
        worth = sample["monetary_amount"].to_numpy(dtype=np.float64)
        rows += [key | row for row in fit_all(log_values, worth, max_segments)]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
