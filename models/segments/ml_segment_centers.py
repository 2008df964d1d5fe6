"""Segments by k-means on z-scored logarithms, for each date, segmentation and number of segments.

Lloyd's algorithm from k-means++ starts (Arthur and Vassilvitskii 2007), the best of many restarts.
Ten restarts land in different optima on real shops; fifty agree to a tenth of a percent.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

RESTARTS = 50
SEED = 0
SCHEMA = pa.schema(
    [
        ("fitted_as_of", pa.date32()),
        ("segmentation", pa.string()),
        ("segment_count", pa.int32()),
        ("segment", pa.int32()),
        ("feature_number", pa.int32()),
        ("feature", pa.string()),
        ("log_mean", pa.float64()),
        ("log_deviation", pa.float64()),
        ("center", pa.float64()),
        ("inertia", pa.float64()),
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


def fit(points: np.ndarray, worth: np.ndarray, segments: int) -> tuple[np.ndarray, float]:
    """Centers of one k-means fit, the most valuable segment first.

    Parameters
    ----------
    points : np.ndarray
        Customers × features, z-scores.
    worth : np.ndarray
        Shape (customers,): what orders the segments, by their mean.
    segments : int
        How many; at most the number of distinct points.

    Returns
    -------
    tuple
        Centers (segments × features), and the inertia: the sum of squared distances to them.
    """
    means = KMeans(segments, n_init=RESTARTS, random_state=SEED, algorithm="lloyd").fit(points)
    totals = np.bincount(means.labels_, weights=worth, minlength=segments)
    worths = totals / np.maximum(np.bincount(means.labels_, minlength=segments), 1)
    centers = means.cluster_centers_
    order = np.lexsort((*centers.T[::-1], -np.round(worths, 6)))
    return centers[order], float(means.inertia_)


def fit_all(sample: pd.DataFrame, max_segments: int, threads: int = 1) -> pd.DataFrame:
    """Centers of one date's segmentation for every number of segments that the data allows.

    Parameters
    ----------
    sample : pd.DataFrame
        One row per customer and feature: customer_id, feature_number, feature, log_value,
        monetary_amount.
    max_segments : int
        The most segments to try.
    threads : int
        How many numbers of segments are fitted at a time.

    Returns
    -------
    pd.DataFrame
        One row per number of segments, segment and feature, in the columns of SCHEMA but the
        first two. One segment is always there.
    """
    features = sample.drop_duplicates("feature_number").sort_values("feature_number")
    wide = sample.pivot(index="customer_id", columns="feature_number", values="log_value")
    worth = sample.groupby("customer_id")["monetary_amount"].first().loc[wide.index].to_numpy()
    points, mean, deviation = standardize(wide.to_numpy(dtype=np.float64))
    distinct = len(np.unique(points.round(9), axis=0))
    worth = worth.astype(np.float64)
    numbers = range(1, min(max_segments, distinct) + 1)
    # each fit on one thread of its own: one order of summing, on any machine
    with ThreadPoolExecutor(threads, initializer=threadpool_limits, initargs=(1,)) as pool:
        fits = pool.map(lambda segments: fit(points, worth, segments), numbers)
    tables = []
    for segments, (centers, inertia) in zip(numbers, fits, strict=True):
        count = len(features)
        tables.append(
            pd.DataFrame(
                {
                    "segment_count": segments,
                    "segment": np.repeat(np.arange(1, segments + 1), count),
                    "feature_number": np.tile(features["feature_number"], segments),
                    "feature": np.tile(features["feature"], segments),
                    "log_mean": np.tile(mean, segments),
                    "log_deviation": np.tile(deviation, segments),
                    "center": centers.ravel().round(9),
                    "inertia": inertia,
                }
            )
        )
    return pd.concat(tables)


def model(dbt, session):
    """One row per fit date, segmentation, number of segments, segment and feature."""
    relation = dbt.ref("int_segment_samples")
    max_segments = dbt.config.meta_get("max_segments")
    samples = relation.df().astype({"log_value": "float64", "monetary_amount": "float64"})
    samples = samples.sort_values(["fitted_as_of", "segmentation", "customer_id", "feature_number"])
    threads = dbt.config.meta_get("threads")
    tables = []
    with threadpool_limits(1):
        for (day, name), sample in samples.groupby(["fitted_as_of", "segmentation"], sort=True):
            centers = fit_all(sample, max_segments, threads)
            centers.insert(0, "segmentation", name)
            centers.insert(0, "fitted_as_of", pd.Timestamp(day).date())
            tables.append(pa.Table.from_pandas(centers, schema=SCHEMA, preserve_index=False))
    table = pa.concat_tables(tables) if tables else SCHEMA.empty_table()
    return table if hasattr(relation, "arrow") else session.createDataFrame(table)
