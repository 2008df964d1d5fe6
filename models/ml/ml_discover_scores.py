"""Products new to a customer, scored by their similarity to what the customer bought.

score(u, j) = trend(j) · Σ_i weight(u, i) · similarity(i, j) over the products i that u bought, the
weight being less the longer ago; products that u has bought, and those no longer sold, are left out
(item-based top-n: Deshpande and Karypis 2004, section 4.1).
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


def discover(
    profile: sparse.csr_matrix,
    similarity: sparse.csr_matrix,
    trend: np.ndarray,
    count: int,
    threads: int = 1,
) -> sparse.csr_matrix:
    """The best new products of each customer.

    Parameters
    ----------
    profile : sparse.csr_matrix
        Customers × products, the weight of each product bought, above zero.
    similarity : sparse.csr_matrix
        Products × products, zero or more.
    trend : np.ndarray
        Shape (products,): what each product's score is multiplied by; zero leaves it out.
    count : int
        How many products a customer gets at most.
    threads : int
        Threads of the sparse product.

    Returns
    -------
    sparse.csr_matrix
        Customers × products, scores above zero, at most `count` a row.

    Notes
    -----
    The products bought are left out inside the one sparse product, [profile, bought] ·
    [similarity · diag(trend); −FAR_BELOW · 1], so no list of all candidates is ever made.
    """
    items = similarity.shape[0]
    bought = profile.copy()
    bought.data = np.ones_like(bought.data)
    left = sparse.hstack([profile, bought], format="csr")
    right = sparse.vstack(
        [similarity @ sparse.diags(trend), -FAR_BELOW * sparse.identity(items)], format="csr"
    )
    left.sort_indices()
    right.sort_indices()
    best = sp_matmul_topn(left, right, top_n=count, threshold=0.0, sort=True, n_threads=threads)
    best.data[best.data <= 0] = 0
    best.eliminate_zeros()
    return best


def score_table(day: object, scores: sparse.csr_matrix, customers: np.ndarray) -> pa.Table:
    """The scores as of one date in the long table's shape; `customers` names the rows."""
    pairs = scores.tocoo()
    columns = [
        pa.repeat(pa.scalar(day, pa.date32()), pairs.nnz),
        pa.array(customers[pairs.row], pa.int32()),
        pa.array(pairs.col, pa.int32()),
        pa.array(pairs.data, pa.float64()),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def of_day(table: pa.Table, day: object) -> dict[str, np.ndarray]:
    """The columns of one date's rows, as arrays."""
    rows = table.filter(pc.equal(table["as_of_date"], pa.scalar(day, pa.date32())))
    return {name: rows[name].to_numpy() for name in rows.column_names if name != "as_of_date"}


def model(dbt, session):
    """One row per as-of date, active customer and product new to them, the best few of each."""
    relation = dbt.ref("int_interaction_matrix")
    matrix = (
        relation.filter("is_listed")
        .select("as_of_date, customer_index, product_index, weight")
        .arrow()
        .read_all()
    )
    floor = dbt.config.meta_get("min_shared_buyers")
    pairs = (
        dbt.ref("ml_product_similarities")
        .filter(f"shared_buyer_count >= {floor}")
        .select("as_of_date, product_index, neighbor_index, similarity")
        .arrow()
        .read_all()
    )
    products = (
        dbt.ref("int_product_trends")
        .select("as_of_date, product_index, case when is_still_sold then trend else 0 end as trend")
        .arrow()
        .read_all()
    )
    count = dbt.config.meta_get("count")
    threads = dbt.config.meta_get("threads")
    tables = []
    for day in sorted(pc.unique(matrix["as_of_date"]).to_pylist()):
        bought, similar, product = (of_day(table, day) for table in (matrix, pairs, products))
        items = len(product["product_index"])
        trend = np.zeros(items)
        trend[product["product_index"]] = product["trend"]
        customers, row = np.unique(bought["customer_index"], return_inverse=True)
        profile = sparse.csr_matrix(
            (bought["weight"], (row, bought["product_index"])), shape=(len(customers), items)
        )
        similarity = sparse.csr_matrix(
            (similar["similarity"], (similar["product_index"], similar["neighbor_index"])),
            shape=(items, items),
        )
        scores = discover(profile, similarity, trend, count, threads)
        tables.append(score_table(day, scores, customers))
    table = pa.concat_tables(tables) if tables else SCHEMA.empty_table()
    return table if hasattr(relation, "df") else session.createDataFrame(table)
