"""Products new to a customer that similar customers have lately.

score(u, j) = trend(j) · Σ_v similarity(u, v) · recent(v, j) over the nearest customers v of u
(Herlocker et al. 1999), what they have counting less the longer ago. Products that u has bought,
and those no longer sold, are left out.
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
        ("product_index", pa.int32()),
        ("score", pa.float64()),
    ]
)
FAR_BELOW = 1e6  # taken off what a customer has bought; no score comes near it


def from_neighbors(
    similarity: sparse.csr_matrix,
    recent: sparse.csr_matrix,
    bought: sparse.csr_matrix,
    trend: np.ndarray,
    count: int,
    threads: int = 1,
) -> sparse.csr_matrix:
    """The best new products of each scored customer.

    Parameters
    ----------
    similarity : sparse.csr_matrix
        Scored × customers.
    recent : sparse.csr_matrix
        Customers × products, what each has, less the longer ago.
    bought : sparse.csr_matrix
        Scored × products, ones where bought.
    trend : np.ndarray
        Shape (products,): what each product's score is multiplied by; zero leaves it out.
    count : int
        How many products a customer gets at most.
    threads : int
        Threads of the sparse product.

    Returns
    -------
    sparse.csr_matrix
        Scored × products, scores above zero, at most `count` a row.
    """
    left = sparse.hstack([similarity, bought], format="csr")
    right = sparse.vstack(
        [recent @ sparse.diags(trend), -FAR_BELOW * sparse.identity(len(trend))], format="csr"
    )
    left.sort_indices()
    right.sort_indices()
    best = sp_matmul_topn(left, right, top_n=count, threshold=0.0, sort=True, n_threads=threads)
    best.data[best.data <= 0] = 0
    best.eliminate_zeros()
    return best


def read_day(relation: object, day: object, columns: str) -> list[np.ndarray]:
    """The columns of one date's rows, as arrays; what is needed of one date is read at a time."""
    rows = relation.filter(f"as_of_date = date '{day}'").select(columns).arrow().read_all()
    return [column.to_numpy() for column in rows.columns]


def model(dbt, session):
    """One row per as-of date, scored customer and product new to them, the best few of each."""
    relation = dbt.ref("int_interaction_matrix")
    similarities = dbt.ref("ml_customer_similarities")
    products = dbt.ref("int_product_trends")
    count = dbt.config.meta_get("count")
    threads = dbt.config.meta_get("threads")
    days = pc.unique(similarities.select("as_of_date").arrow().read_all()["as_of_date"])
    tables = []
    for day in sorted(days.to_pylist()):
        rows, columns, value, is_bought = read_day(
            relation, day, "customer_index, product_index, recent_value, cast(is_bought as int)"
        )
        index, trend = read_day(
            products, day, "product_index, case when is_still_sold then trend else 0 end"
        )
        first, second, similar = read_day(
            similarities, day, "customer_index, neighbor_index, similarity"
        )
        shape = (int(rows.max()) + 1, len(index))
        recent = sparse.csr_matrix((value, (rows, columns)), shape=shape)
        bought = sparse.csr_matrix((is_bought.astype(np.float64), (rows, columns)), shape=shape)
        customers, row = np.unique(first, return_inverse=True)
        similarity = sparse.csr_matrix((similar, (row, second)), shape=(len(customers), shape[0]))
        scores = from_neighbors(
            similarity, recent, bought[customers], trend[np.argsort(index)], count, threads
        ).tocoo()
        columns = [
            pa.repeat(pa.scalar(day, pa.date32()), scores.nnz),
            pa.array(customers[scores.row], pa.int32()),
            pa.array(scores.col, pa.int32()),
            pa.array(scores.data, pa.float64()),
        ]
        tables.append(pa.Table.from_arrays(columns, schema=SCHEMA))
    table = pa.concat_tables(tables) if tables else SCHEMA.empty_table()
    return table if hasattr(relation, "df") else session.createDataFrame(table)
