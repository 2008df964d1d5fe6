"""Similar products over the customers who bought them, as of each date.

Two products are similar when the same customers bought both (Sarwar et al. 2001, Item-based
collaborative filtering recommendation algorithms, section 3.1.1). With X the customers × products
matrix of what each cell holds, and n_i the customers of product i, the similarity of i and j is

- cosine: x_i · x_j / (|x_i| |x_j|);
- jaccard: n_ij / (n_i + n_j − n_ij), the share of customers of either who have both;
- lift: n_ij n / (n_i n_j), how many times as many have both as if they had nothing to do with each
  other, n being all customers;
- adjusted cosine, of ratings alone (section 3.1.3): Σ d_ui d_uj / (√Σ d_ui² √Σ d_uj²) over the
  customers u who rated both, d_ui being the rating of i less the mean of all ratings of u. The
  norms are over the same customers, as in the paper: what others think of i says nothing about
  i and j.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from customer_value.days import day_table, days, read_day, result
from customer_value.matrices import to_matrix, without_diagonal
from scipy import sparse
from sparse_dot_topn import sp_matmul, sp_matmul_topn

NEIGHBORS = 100  # kept of each product: more than a list is long, so that lists can be filled
WEIGHTING = "history"  # nDCG@10 .159 against .149 without (docs/DECISIONS.md)
MIN_SHARED_BUYERS = 2  # who bought both: what one customer bought is chance
# the same in jaccard, lift and adjusted cosine, whose highest values are chance without it: of
# two products that have nothing to do with each other n customers give a cosine of about ±1/√n
MIN_SET_BUYERS = 20
SMALLEST_DEVIATION = 1e-9  # below it a rating is its customer's mean, but for rounding
COUNTED_AT_ONCE = 25_000_000  # pairs of products whose customers are held in memory at a time
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("product_index", pa.int32()),
        ("neighbor_index", pa.int32()),
        ("similarity", pa.float64()),
        ("shared_buyer_count", pa.int64()),
    ]
)


def user_weights(user_item: sparse.csr_matrix, weighting: str) -> np.ndarray:
    """How much each customer's purchases say about which products go together.

    Parameters
    ----------
    user_item : sparse.csr_matrix
        Customers × products, ones where bought.
    weighting : str
        ``none``: 1. ``history``: 1/√n, n the customer's distinct products (Deshpande and Karypis
        2004, Item-based top-n recommendation algorithms, section 4.2 normalizes customers too).
        ``idf``: ln(items/n), as in Breese et al. 1998, inverse user frequency, with customers for
        documents; floored at a small positive number, so that no history counts nothing.

    Returns
    -------
    np.ndarray
        One weight per customer, shape (customers,).

    Raises
    ------
    ValueError
        For another weighting.
    """
    history = np.maximum(np.diff(user_item.indptr), 1)
    if weighting == "none":
        return np.ones(len(history))
    if weighting == "history":
        return 1 / np.sqrt(history)
    if weighting == "idf":
        return np.maximum(np.log(user_item.shape[1] / history), 1e-6)
    raise ValueError(f"weighting is {weighting!r}: use none, history or idf")


def cosine_neighbors(
    user_item: sparse.csr_matrix, neighbors: int, weighting: str = "none", threads: int = 1
) -> sparse.csr_matrix:
    """The most similar products of each product, without the product itself.

    Parameters
    ----------
    user_item : sparse.csr_matrix
        Customers × products, what each cell holds: ones where bought, or ratings.
    neighbors : int
        How many to keep per product.
    weighting : str
        See `user_weights`.
    threads : int
        Threads of the sparse product.

    Returns
    -------
    sparse.csr_matrix
        Products × products, similarities in (0, 1], at most `neighbors` a row.
    """
    items = user_item.shape[1]
    values = np.repeat(user_weights(user_item, weighting), np.diff(user_item.indptr))
    values *= user_item.data
    norms = np.sqrt(np.bincount(user_item.indices, weights=values**2, minlength=items))
    values /= norms[user_item.indices]
    unit = sparse.csr_matrix((values, user_item.indices, user_item.indptr), shape=user_item.shape)
    # one more than asked for, since the product itself is among them
    similar = sp_matmul_topn(
        unit.T.tocsr(), unit, top_n=neighbors + 1, sort=True, n_threads=threads
    )
    del values, unit
    np.minimum(similar.data, 1.0, out=similar.data)
    return without_diagonal(similar)


def shared_counts(
    user_item: sparse.csr_matrix, threads: int = 1
) -> Iterator[tuple[slice, np.ndarray]]:
    """How many customers each two products share, some products at a time.

    Parameters
    ----------
    user_item : sparse.csr_matrix
        Customers × products; whatever is stored counts.
    threads : int
        Threads of the sparse product.

    Yields
    ------
    tuple
        Some products, and their counts with all products, shape (some, products).
    """
    items = user_item.shape[1]
    ones = user_item.astype(np.float32)  # exact up to 2**24 customers
    ones.data[:] = 1
    item_user = ones.T.tocsr()
    step = max(COUNTED_AT_ONCE // max(items, 1), 1)
    for start in range(0, items, step):
        rows = slice(start, min(start + step, items))
        yield rows, sp_matmul(item_user[rows], ones, n_threads=threads).toarray()


def shared_buyers(
    user_item: sparse.csr_matrix, similarity: sparse.csr_matrix, threads: int = 1
) -> np.ndarray:
    """How many customers bought both products of each stored similarity.

    Parameters
    ----------
    user_item, threads
        See `shared_counts`.
    similarity : sparse.csr_matrix
        Products × products.

    Returns
    -------
    np.ndarray
        Shape (similarity.nnz,), in the order of `similarity.tocoo()`.
    """
    counts = [np.zeros(0, np.int64)]
    for rows, both in shared_counts(user_item, threads):
        pairs = similarity[rows].tocoo()
        counts.append(both[pairs.row, pairs.col].astype(np.int64))
    return np.concatenate(counts)


def set_neighbors(
    user_item: sparse.csr_matrix, neighbors: int, measure: str, floor: int, threads: int = 1
) -> sparse.csr_matrix:
    """The most similar products of each product by the sets of their customers.

    Parameters
    ----------
    user_item, threads
        See `shared_counts`.
    neighbors : int
        How many to keep per product.
    measure : str
        ``jaccard`` or ``lift``.
    floor : int
        Customers that two products share at least: with few, chance has the highest values.

    Returns
    -------
    sparse.csr_matrix
        Products × products, at most `neighbors` a row, above zero.
    """
    customers, items = user_item.shape
    sizes = np.bincount(user_item.indices, minlength=items).astype(np.float64)
    blocks = [sparse.csr_matrix((0, items))]
    for rows, both in shared_counts(user_item, threads):
        both = both.astype(np.float64)
        either = sizes[rows, None] + sizes - both
        chance = sizes[rows, None] * sizes / max(customers, 1)
        values = both / np.maximum(either if measure == "jaccard" else chance, 1e-12)
        values[both < floor] = 0
        blocks.append(best_above_zero(values, rows, neighbors))
    return sparse.vstack(blocks, format="csr")


def best_above_zero(values: np.ndarray, rows: slice, neighbors: int) -> sparse.csr_matrix:
    """The highest values of some products with all, none with itself.

    Parameters
    ----------
    values : np.ndarray
        Some products × products; changed in place.
    rows : slice
        Which products these are.
    neighbors : int
        How many to keep per product.

    Returns
    -------
    sparse.csr_matrix
        Some products × products, at most `neighbors` a row; of equal ones the lower product.
    """
    np.maximum(values, 0, out=values)
    values[np.arange(len(values)), np.arange(rows.start, rows.stop)] = 0
    best = np.argsort(-values, axis=1, kind="stable")[:, :neighbors]
    kept = np.take_along_axis(values, best, axis=1)
    places = np.nonzero(kept)
    return sparse.csr_matrix((kept[places], (places[0], best[places])), shape=values.shape)


def deviations_from_mean(user_item: sparse.csr_matrix) -> sparse.csr_matrix:
    """Each rating less the mean of its customer's ratings.

    Parameters
    ----------
    user_item : sparse.csr_matrix
        Customers × products, the ratings; what is not stored is not rated.

    Returns
    -------
    sparse.csr_matrix
        Customers × products, with the same places stored, those that are 0 too.
    """
    counts = np.diff(user_item.indptr)
    means = np.asarray(user_item.sum(axis=1)).ravel() / np.maximum(counts, 1)
    values = user_item.data - np.repeat(means, counts)
    values[np.abs(values) < SMALLEST_DEVIATION] = 0
    return sparse.csr_matrix((values, user_item.indices, user_item.indptr), shape=user_item.shape)


def adjusted_neighbors(
    user_item: sparse.csr_matrix, neighbors: int, floor: int, threads: int = 1
) -> sparse.csr_matrix:
    """The most similar products of each product by the adjusted cosine of their ratings.

    Parameters
    ----------
    user_item : sparse.csr_matrix
        Customers × products, the ratings; what is not stored is not rated.
    neighbors : int
        How many to keep per product.
    floor : int
        Customers who rated both at least: with few, chance has the highest values.
    threads : int
        Threads of the sparse product.

    Returns
    -------
    sparse.csr_matrix
        Products × products, similarities in (0, 1], at most `neighbors` a row. Products on which
        customers are divided are no neighbors: that the one is disliked is no reason to offer the
        other. A customer whose ratings are all the same says nothing.
    """
    items = user_item.shape[1]
    deviations = deviations_from_mean(user_item)
    squares, rated = deviations.power(2), user_item.astype(np.float64)
    rated.data[:] = 1
    by_item = [matrix.T.tocsr() for matrix in (deviations, squares, rated)]
    blocks = [sparse.csr_matrix((0, items))]
    for rows, both in shared_counts(user_item, threads):
        # SciPy's product: sparse-dot-topn 1.2.0 crashes where a sum of stored values is 0
        products, own, others = (
            (left[rows] @ right).toarray()
            for left, right in zip(by_item, (deviations, rated, squares), strict=True)
        )
        own *= others  # the norms over who rated both, squared
        values = products / np.sqrt(np.maximum(own, 1e-300))
        values[both < floor] = 0
        np.clip(values.round(12), 0, 1, out=values)  # what is equal but for rounding is equal
        blocks.append(best_above_zero(values, rows, neighbors))
    return sparse.vstack(blocks, format="csr")


def model(dbt, session):
    """One row per as-of date, product and similar product."""
    relation = dbt.ref("int_interaction_matrix")
    measure = dbt.config.meta_get("measure")
    threads = dbt.config.meta_get("threads")
    cells = relation.filter("value != 0")
    tables = []
    for day in days(cells):
        user_item = to_matrix(*read_day(cells, day, "customer_index, product_index, value"))
        if measure == "cosine":
            similarity = cosine_neighbors(user_item, NEIGHBORS, WEIGHTING, threads)
        elif measure == "adjusted_cosine":
            similarity = adjusted_neighbors(user_item, NEIGHBORS, MIN_SET_BUYERS, threads)
        else:
            similarity = set_neighbors(user_item, NEIGHBORS, measure, MIN_SET_BUYERS, threads)
        shared = shared_buyers(user_item, similarity, threads)
        pairs = similarity.tocoo()
        kept = shared >= MIN_SHARED_BUYERS
        tables.append(
            day_table(SCHEMA, day, pairs.row[kept], pairs.col[kept], pairs.data[kept], shared[kept])
        )
    return result(SCHEMA, tables)
