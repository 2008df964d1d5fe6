"""Segments by Ward's method and by HDBSCAN, to compare with k-means on the same customers.

Ward (1963) joins the two groups whose sum of squares grows least, again and again; cut where as
many groups are left as are asked for, its groups are compared with those of k-means one by one.
HDBSCAN (Campello, Moulavi and Sander 2013) takes as groups what is dense, finds their number
itself, and leaves the rest as noise. Both compare all pairs of customers, so that they see a
sample. Stability is the adjusted Rand index (Hubert and Arabie 1985) between the groups of the
sample and those of a bootstrap sample, over the customers who were drawn into it; noise counts as a
group there. Silhouette, Davies-Bouldin and Calinski-Harabasz are those of the customers in groups.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
from customer_value.threads import sum_in_one_order
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import HDBSCAN
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)
from sklearn.preprocessing import StandardScaler

SEED = 0  # as in ml_segment_fits, so that both see the same customers in the same order
SEARCHED_CUSTOMERS = 5_000  # as there; all pairs of so many are 100 MB
RESAMPLES = 15
SMALLEST_SHARE = 0.02  # of customers: what HDBSCAN takes as a group
SCHEMA = pa.schema(
    [
        ("fitted_as_of", pa.date32()),
        ("segmentation", pa.string()),
        ("method", pa.string()),
        ("segment_count", pa.int32()),
        ("customer_count", pa.int64()),
        ("noise_share", pa.float64()),
        ("silhouette", pa.float64()),
        ("davies_bouldin", pa.float64()),
        ("calinski_harabasz", pa.float64()),
        ("stability", pa.float64()),
        ("stability_low", pa.float64()),
        ("stability_deviation", pa.float64()),
        ("resample_count", pa.int32()),
    ]
)

Divisions = dict[int, np.ndarray]  # by what tells them apart, the group of each customer; -1 noise


def by_ward(points: np.ndarray, max_segments: int) -> Divisions:
    """Ward's groups, for each number from two on.

    Parameters
    ----------
    points : np.ndarray
        Customers × features.
    max_segments : int
        The most groups; there are never more than different points.
    """
    most = min(max_segments, len(np.unique(points.round(9), axis=0)))
    if most < 2:
        return {}
    tree = linkage(points, "ward")
    return {count: fcluster(tree, count, "maxclust") - 1 for count in range(2, most + 1)}


def by_hdbscan(points: np.ndarray, _: int) -> Divisions:
    """The one division that HDBSCAN finds, under 0, since its number of groups is not asked for."""
    smallest = max(5, round(SMALLEST_SHARE * len(points)))
    if len(points) < 2 * smallest:
        return {}
    return {0: HDBSCAN(min_cluster_size=smallest, copy=True).fit_predict(points)}


METHODS: dict[str, Callable[[np.ndarray, int], Divisions]] = {
    "ward": by_ward,
    "hdbscan": by_hdbscan,
}


def compactness(points: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """How compact and apart the groups are, by the names of SCHEMA; noise is left out.

    Parameters
    ----------
    points : np.ndarray
        Customers × features.
    labels : np.ndarray
        Shape (customers,): groups from 0, noise as -1.
    """
    grouped, some = labels[labels >= 0], points[labels >= 0]
    if not 1 < len(np.unique(grouped)) < len(some):
        return {}
    return {
        "silhouette": float(silhouette_score(some, grouped)),
        "davies_bouldin": float(davies_bouldin_score(some, grouped)),
        "calinski_harabasz": float(calinski_harabasz_score(some, grouped)),
    }


def stability(labels: np.ndarray, again: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """How far the groups are found again when customers are drawn again.

    Parameters
    ----------
    labels : np.ndarray
        Shape (customers,): the groups that are to be found again.
    again : list of tuple
        Of each bootstrap sample the places of the customers drawn, and their groups in it.
    """
    scores = [adjusted_rand_score(labels[places], found) for places, found in again]
    if not scores or labels.max() < 1:  # noise alone would be found again each time
        return {}
    figures = {
        "stability": float(np.mean(scores)),
        "stability_low": float(np.quantile(scores, 0.1)),
        "resample_count": len(scores),
    }
    return figures | (
        {"stability_deviation": float(np.std(scores, ddof=1))} if len(scores) > 1 else {}
    )


def alternatives(
    log_values: np.ndarray, worth: np.ndarray, methods: list[str], max_segments: int
) -> Iterator[dict]:
    """The columns of SCHEMA but the first two, for each method and number of groups.

    Parameters
    ----------
    log_values : np.ndarray
        Customers × features.
    worth : np.ndarray
        Shape (customers,): tells customers apart who are alike. The order of rows changes nothing.
    methods : list of str
        Names of METHODS.
    max_segments : int
        The most groups.
    """
    order = np.lexsort((worth, *log_values.T[::-1]))
    order = np.random.default_rng(SEED).permutation(order)
    points = StandardScaler().fit_transform(log_values[order])[:SEARCHED_CUSTOMERS]
    random = np.random.default_rng(SEED)
    drawn = [
        np.unique(random.integers(0, len(points), len(points))) for _ in range(RESAMPLES)
    ]  # who is drawn twice stands at no distance from themselves, so once says the same
    for method in methods:
        divide = METHODS[method]
        refits = [(places, divide(points[places], max_segments)) for places in drawn]
        for number, labels in divide(points, max_segments).items():
            again = [(places, found[number]) for places, found in refits if number in found]
            yield {
                "method": method,
                "segment_count": int(labels.max()) + 1,
                "customer_count": len(points),
                "noise_share": float((labels < 0).mean()),
                **compactness(points, labels),
                **stability(labels, again),
            }


def model(dbt, session):
    """One row per fit date, segmentation, method and number of groups."""
    sum_in_one_order()
    methods = dbt.config.meta_get("segment_alternatives")
    max_segments = dbt.config.meta_get("max_segments")
    rows = []
    if methods:
        samples = dbt.ref("int_segment_samples").df()
        for (day, name), sample in samples.groupby(["fitted_as_of", "segmentation"], sort=True):
            key = {"fitted_as_of": day.date(), "segmentation": name}
            log_values = np.array(sample["log_values"].tolist(), dtype=np.float64)
            worth = sample["monetary_amount"].to_numpy(dtype=np.float64)
            rows += [key | row for row in alternatives(log_values, worth, methods, max_segments)]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
