"""Products new to a customer that similar customers have lately.

score(u, j) = trend(j) · Σ_v similarity(u, v) · recent(v, j) over the nearest customers v of u
(Herlocker et al. 1999), what they have counting less the longer ago. Products that u has bought,
and those no longer sold, are left out. The similarity of u and v is itself a sum over the products
i that both have, so the score is a sum over what u has: its largest part is the reason.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from customer_value.days import day_table, days, read_day, result
from customer_value.matrices import best_new, to_matrix, unit_rows
from scipy import sparse

PAIRS_AT_ONCE = 200_000  # of a customer and a neighbor, whose products are held in memory at a time
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("customer_index", pa.int32()),
        ("product_index", pa.int32()),
        ("score", pa.float64()),
        ("reason_product_index", pa.int32()),
        ("reason_share", pa.float64()),
    ]
)


def contributions(
    unit: sparse.csr_matrix,
    recent: sparse.csr_matrix,
    customers: np.ndarray,
    neighbors: sparse.csr_matrix,
    scores: sparse.csr_matrix,
) -> Iterator[sparse.csr_matrix]:
    """What each product that a customer has gives to the scores of others, before their trend.

    Parameters
    ----------
    unit : sparse.csr_matrix
        Customers × products, rows of length one, whose products are the similarities.
    recent : sparse.csr_matrix
        Customers × products, what each has, less the longer ago; no zeros are stored.
    customers : np.ndarray
        Shape (scored,): the rows of `unit` that are scored.
    neighbors : sparse.csr_matrix
        Scored × customers, above zero for the neighbors of each.
    scores : sparse.csr_matrix
        Scored × products, what is to be explained.

    Yields
    ------
    sparse.csr_matrix
        For some of the scored customers after the others, scores × products: x_ui Σ_v x_vi r_vj
        for every stored score (u, j), in their order, and product i.
    """
    numbered, ones = scores.copy(), scores.copy()
    numbered.data, ones.data = np.arange(scores.nnz, dtype=float) + 1, np.ones(scores.nnz)
    step = np.maximum(np.cumsum(np.diff(neighbors.indptr)) - 1, 0) // PAIRS_AT_ONCE
    for rows in np.split(np.arange(len(customers)), np.flatnonzero(np.diff(step)) + 1):
        some = neighbors[rows]
        own = np.repeat(rows, np.diff(some.indptr))  # of each pair of customer and neighbor
        shared = unit[customers[own]].multiply(unit[some.indices]).tocsr()
        held = recent[some.indices]
        # pairs × products that are scored and that the neighbor has: which score, and how much
        number = numbered[own].multiply(held.astype(bool)).tocsr()
        value = ones[own].multiply(held).tocsr()
        number.sort_indices()
        value.sort_indices()
        first, last = scores.indptr[rows[0]], scores.indptr[rows[-1] + 1]
        pair = np.repeat(np.arange(len(own)), np.diff(value.indptr))
        places = (number.data.astype(int) - 1 - first, pair)
        scored = sparse.csr_matrix((value.data, places), shape=(last - first, len(own)))
        yield (scored @ shared).tocsr()


def reasons(parts: sparse.csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    """The product that gives most to each score, and its share of all that speaks for it.

    Parameters
    ----------
    parts : sparse.csr_matrix
        Scores × products, see `contributions`.

    Returns
    -------
    tuple of np.ndarray
        For each score the product, of equal ones the first, or −1 for none, and its share.
    """
    parts.data = np.maximum(parts.data.round(9), 0)
    parts.eliminate_zeros()
    parts.sort_indices()
    product, share = np.full(parts.shape[0], -1), np.zeros(parts.shape[0])
    told = np.diff(parts.indptr) > 0
    if told.any():
        starts = parts.indptr[:-1][told]
        largest = np.maximum.reduceat(parts.data, starts)
        share[told] = largest / np.add.reduceat(parts.data, starts)
        is_largest = parts.data == np.repeat(largest, np.diff(parts.indptr)[told])
        places = np.where(is_largest, np.arange(parts.nnz), parts.nnz)
        product[told] = parts.indices[np.minimum.reduceat(places, starts)]
    return product, share


def model(dbt, session):
    """One row per as-of date, scored customer and product new to them, the best few of each."""
    relation = dbt.ref("int_interaction_matrix")
    similarities = dbt.ref("ml_customer_similarities")
    products = dbt.ref("int_product_trends")
    count = dbt.config.meta_get("count")
    measure = dbt.config.meta_get("measure")
    threads = dbt.config.meta_get("threads")
    tables = []
    for day in days(similarities):
        rows, columns, value, recent, is_bought = read_day(
            relation,
            day,
            "customer_index, product_index, value, recent_value, cast(is_bought as double)",
        )
        index, trend = read_day(
            products, day, "product_index, case when is_still_sold then trend else 0 end"
        )
        first, second, similarity = read_day(
            similarities, day, "customer_index, neighbor_index, similarity"
        )
        shape = (int(rows.max()) + 1, len(index))
        known = value != 0
        unit = unit_rows(to_matrix(rows[known], columns[known], value[known], shape), measure)
        lately = to_matrix(rows, columns, recent, shape)
        lately.eliminate_zeros()
        customers, row = np.unique(first, return_inverse=True)
        neighbors = to_matrix(row, second, similarity, (len(customers), shape[0]))
        bought = to_matrix(rows, columns, is_bought, shape)[customers]
        scores = best_new(neighbors, lately, bought, trend[np.argsort(index)], count, threads)
        scores.sort_indices()
        told = [reasons(p) for p in contributions(unit, lately, customers, neighbors, scores)]
        reason, share = (np.concatenate(parts) for parts in zip(*told, strict=True))
        places = scores.tocoo()
        tables.append(
            day_table(
                SCHEMA,
                day,
                customers[places.row],
                places.col,
                places.data,
                pa.array(reason, pa.int32(), mask=reason < 0),
                pa.array(share, pa.float64(), mask=reason < 0),
            )
        )
    return result(SCHEMA, tables)
