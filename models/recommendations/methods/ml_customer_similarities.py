"""Customers alike: the nearest customers by what they bought, as of each date.

User-based collaborative filtering (Herlocker et al. 1999): with X the customers × products matrix,
the similarity of u and v is the cosine of their rows; with ``pearson`` each customer's mean over
what the customer has is taken off first, which asks for ratings. Only listed customers up to a
limit are given neighbors; anybody may be one.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("customer_index", pa.int32()),
        ("neighbor_index", pa.int32()),
        ("similarity", pa.float64()),
    ]
)


def customer_neighbors(
    user_item: sparse.csr_matrix,
    scored: np.ndarray,
    neighbors: int,
    measure: str = "cosine",
    threads: int = 1,
) -> sparse.csr_matrix:
    """The most similar customers of some customers, without the customer himself.

    Parameters
    ----------
    user_item : sparse.csr_matrix
        Customers × products.
    scored : np.ndarray
        Rows of the customers who are given neighbors.
    neighbors : int
        How many to keep per customer.
    measure : str
        ``cosine`` or ``pearson``.
    threads : int
        Threads of the sparse product.

    Returns
    -------
    sparse.csr_matrix
        Scored × customers, similarities in (0, 1], at most `neighbors` a row.

    Raises
    ------
    ValueError
        For another measure.
    """
    if measure not in ("cosine", "pearson"):
        raise ValueError(f"user_similarity is {measure!r}: use cosine or pearson")
    counts = np.diff(user_item.indptr)
    values = user_item.data.astype(np.float64)
    if measure == "pearson":
        means = np.asarray(user_item.sum(axis=1)).ravel() / np.maximum(counts, 1)
        values = values - np.repeat(means, counts)
    squares = np.bincount(
        np.repeat(np.arange(len(counts)), counts), weights=values**2, minlength=len(counts)
    )
    values = values / np.repeat(np.sqrt(np.maximum(squares, 1e-12)), counts)
    unit = sparse.csr_matrix((values, user_item.indices, user_item.indptr), shape=user_item.shape)
    # one more than asked for, since the customer himself is among them
    similar = sp_matmul_topn(
        unit[scored], unit.T.tocsr(), top_n=neighbors + 1, sort=True, n_threads=threads
    )
    rows = np.repeat(np.arange(len(scored)), np.diff(similar.indptr))
    similar.data[(scored[rows] == similar.indices) | (similar.data <= 0)] = 0
    similar.eliminate_zeros()
    np.minimum(similar.data, 1.0, out=similar.data)
    return similar


def model(dbt, session):
    """One row per as-of date, listed customer and similar customer."""
    relation = dbt.ref("int_interaction_matrix")
    neighbors = dbt.config.meta_get("neighbors")
    measure = dbt.config.meta_get("measure")
    most = dbt.config.meta_get("customers")
    threads = dbt.config.meta_get("threads")
    cells = relation.filter("value != 0").select("as_of_date, customer_index, product_index, value")
    matrix = cells.arrow().read_all()
    listed = (
        dbt.ref("int_listed_customers")
        .filter(f"sample_number <= {most}")
        .select("as_of_date, customer_index")
        .arrow()
        .read_all()
    )
    days = matrix["as_of_date"].combine_chunks()
    tables = []
    for day in sorted(days.unique().to_pylist()):
        of_day = matrix.filter(pc.equal(days, pa.scalar(day, pa.date32())))
        rows, columns, values = (column.to_numpy() for column in of_day.columns[1:])
        user_item = sparse.csr_matrix((values, (rows, columns)))
        user_item.sort_indices()
        is_day = pc.equal(listed["as_of_date"], pa.scalar(day, pa.date32()))
        scored = np.sort(listed.filter(is_day)["customer_index"].to_numpy())
        scored = scored[scored < user_item.shape[0]]
        pairs = customer_neighbors(user_item, scored, neighbors, measure, threads).tocoo()
        columns = [
            pa.repeat(pa.scalar(day, pa.date32()), pairs.nnz),
            pa.array(scored[pairs.row], pa.int32()),
            pa.array(pairs.col, pa.int32()),
            pa.array(pairs.data, pa.float64()),
        ]
        tables.append(pa.Table.from_arrays(columns, schema=SCHEMA))
    table = pa.concat_tables(tables) if tables else SCHEMA.empty_table()
    return table if hasattr(relation, "df") else session.createDataFrame(table)
