"""How good each number of segments is: compact, apart, and the same when customers are drawn again.

Silhouette (Rousseeuw 1987), Davies-Bouldin (1979) and Calinski-Harabasz (1974) say how compact and
apart segments are. Stability is the mean adjusted Rand index (Hubert and Arabie 1985) between the
segments of all customers and those of refits on bootstrap samples (Hennig 2007).
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.cluster import KMeans
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)
from threadpoolctl import threadpool_limits

RESAMPLES = 15
RESTARTS = 10
SEED = 0
SCORED_CUSTOMERS = 5_000  # silhouette takes all pairs, stability refits: both on so many
SCHEMA = pa.schema(
    [
        ("fitted_as_of", pa.date32()),
        ("segmentation", pa.string()),
        ("segment_count", pa.int32()),
        ("customer_count", pa.int64()),
        ("inertia", pa.float64()),
        ("silhouette", pa.float64()),
        ("davies_bouldin", pa.float64()),
        ("calinski_harabasz", pa.float64()),
        ("smallest_center_distance", pa.float64()),
        ("mean_center_distance", pa.float64()),
        ("stability", pa.float64()),
        ("stability_low", pa.float64()),
    ]
)


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
    distances = ((points[:, None, :] - centers[None, :, :]) ** 2).sum(axis=2)
    return distances.round(9).argmin(axis=1)


def stability(points: np.ndarray, labels: np.ndarray, segments: int) -> np.ndarray:
    """Adjusted Rand index of the segments of refits on bootstrap samples against `labels`.

    Parameters
    ----------
    points : np.ndarray
        Customers × features.
    labels : np.ndarray
        Shape (customers,): the segments to be found again.
    segments : int
        How many segments a refit makes.

    Returns
    -------
    np.ndarray
        Shape (RESAMPLES,).
    """
    random = np.random.default_rng(SEED)
    scores = []
    for seed in range(RESAMPLES):
        drawn = points[random.integers(0, len(points), len(points))]
        refit = KMeans(segments, n_init=RESTARTS, random_state=seed, algorithm="lloyd").fit(drawn)
        scores.append(adjusted_rand_score(labels, assign(points, refit.cluster_centers_)))
    return np.array(scores)


def center_distances(centers: np.ndarray) -> np.ndarray:
    """The distances between all pairs of centers, shape (pairs,)."""
    first, second = np.triu_indices(len(centers), 1)
    return np.sqrt(((centers[first] - centers[second]) ** 2).sum(axis=1))


def score(points: np.ndarray, centers: np.ndarray) -> dict[str, float]:
    """All figures of one number of segments.

    Parameters
    ----------
    points : np.ndarray
        Customers × features, z-scores, in an order that has nothing to do with them.
    centers : np.ndarray
        Segments × features.

    Returns
    -------
    dict
        The figures by the names of SCHEMA; NaN where they are not defined (one segment, or each
        customer a segment).
    """
    labels = assign(points, centers)
    figures = {"inertia": float(((points - centers[labels]) ** 2).sum())}
    some, some_labels = points[:SCORED_CUSTOMERS], labels[:SCORED_CUSTOMERS]
    if not 1 < len(np.unique(some_labels)) < len(some):
        return figures
    distances = center_distances(centers)
    resampled = stability(some, some_labels, len(centers))
    return figures | {
        "silhouette": silhouette_score(some, some_labels),
        "davies_bouldin": davies_bouldin_score(points, labels),
        "calinski_harabasz": calinski_harabasz_score(points, labels),
        "smallest_center_distance": float(distances.min()),
        "mean_center_distance": float(distances.mean()),
        "stability": float(resampled.mean()),
        "stability_low": float(np.quantile(resampled, 0.1)),
    }


def score_all(sample: pd.DataFrame, centers: pd.DataFrame, threads: int = 1) -> pd.DataFrame:
    """The figures of one date's segmentation, one row per number of segments.

    Parameters
    ----------
    sample : pd.DataFrame
        One row per customer and feature: customer_id, feature_number, log_value.
    centers : pd.DataFrame
        One row per number of segments, segment and feature, as `ml_segment_centers` has them.
    threads : int
        How many numbers of segments are judged at a time.
    """
    wide = sample.pivot(index="customer_id", columns="feature_number", values="log_value")
    scaling = centers[centers["segment_count"] == 1].sort_values("feature_number")
    mean, deviation = scaling["log_mean"].to_numpy(), scaling["log_deviation"].to_numpy()
    points = (wide.to_numpy(dtype=np.float64) - mean) / deviation
    points = points[np.random.default_rng(SEED).permutation(len(points))]
    matrices = {
        segments: of_count.pivot(index="segment", columns="feature_number", values="center")
        for segments, of_count in centers.groupby("segment_count", sort=True)
    }
    # each on one thread of its own: one order of summing, on any machine
    with ThreadPoolExecutor(threads, initializer=threadpool_limits, initargs=(1,)) as pool:
        figures = pool.map(lambda matrix: score(points, matrix.to_numpy()), matrices.values())
    rows = [
        {"segment_count": segments, "customer_count": len(points)} | of_count
        for segments, of_count in zip(matrices, figures, strict=True)
    ]
    return pd.DataFrame(rows).reindex(columns=SCHEMA.names[2:])


def model(dbt, session):
    """One row per fit date, segmentation and number of segments."""
    relation = dbt.ref("int_segment_samples")
    samples = relation.df().astype({"log_value": "float64"})
    samples = samples.sort_values(["fitted_as_of", "segmentation", "customer_id", "feature_number"])
    all_centers = dbt.ref("ml_segment_centers").df()
    keys = ["fitted_as_of", "segmentation"]
    centers_of = dict(iter(all_centers.groupby(keys)))
    threads = dbt.config.meta_get("threads")
    tables = []
    with threadpool_limits(1):
        for key, sample in samples.groupby(keys, sort=True):
            figures = score_all(sample, centers_of[key], threads)
            figures.insert(0, "segmentation", key[1])
            figures.insert(0, "fitted_as_of", pd.Timestamp(key[0]).date())
            tables.append(pa.Table.from_pandas(figures, schema=SCHEMA, preserve_index=False))
    table = pa.concat_tables(tables) if tables else SCHEMA.empty_table()
    return table if hasattr(relation, "arrow") else session.createDataFrame(table)
