"""Products new to a customer, scored by the neighbors of what the customer has.

For each method that names neighbors, score(u, j) = trend(j)^e · Σ_i weight(u, i) · similarity(i, j)
over the products i that u has, the weight being less the longer ago, and below zero for what u did
not like; e is the method's. Products that u has bought, and those no longer sold, are left out
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
        ("method", pa.string()),
        ("customer_index", pa.int32()),
        ("product_index", pa.int32()),
        ("score", pa.float64()),
    ]
)
FAR_BELOW = 1e6  # taken off what a customer has bought; no score comes near it


def discover(
    profile: sparse.csr_matrix,
    bought: sparse.csr_matrix,
    similarity: sparse.csr_matrix,
    trend: np.ndarray,
    count: int,
    threads: int = 1,
) -> sparse.csr_matrix:
    """The best new products of each customer.

    Parameters
    ----------
    profile : sparse.csr_matrix
        Customers × products, the weight of each product that a customer has.
    bought : sparse.csr_matrix
        Customers × products, ones where bought.
    similarity : sparse.csr_matrix
        Products × products.
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


def score_table(
    day: object, method: str, scores: sparse.csr_matrix, customers: np.ndarray
) -> pa.Table:
    """The scores as of one date in the long table's shape; `customers` names the rows."""
    pairs = scores.tocoo()
    columns = [
        pa.repeat(pa.scalar(day, pa.date32()), pairs.nnz),
        pa.repeat(pa.scalar(method, pa.string()), pairs.nnz),
        pa.array(customers[pairs.row], pa.int32()),
        pa.array(pairs.col, pa.int32()),
        pa.array(pairs.data, pa.float64()),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def read_day(relation: object, day: object, columns: str) -> list[np.ndarray]:
    """The columns of one date's rows, as arrays; what is needed of one date is read at a time."""
    rows = relation.filter(f"as_of_date = date '{day}'").select(columns).arrow().read_all()
    return [column.to_numpy() for column in rows.columns]


def model(dbt, session):
    """One row per as-of date, method, listed customer and product new to them, the best of each."""
    relation = dbt.ref("int_interaction_matrix")
    matrix = relation.filter("is_listed")
    neighbors = dbt.ref("int_product_neighbors")
    products = dbt.ref("int_product_trends")
    methods = dbt.config.meta_get("methods")
    powers = dbt.config.meta_get("trend_exponents")
    exponents = {name: float(power) for name, power in (pair.split("=") for pair in powers.split())}
    count = dbt.config.meta_get("count")
    threads = dbt.config.meta_get("threads")
    days = pc.unique(matrix.select("as_of_date").arrow().read_all()["as_of_date"])
    tables = []
    for day in sorted(days.to_pylist()):
        rows, columns, weight, is_bought = read_day(
            matrix, day, "customer_index, product_index, weight, cast(is_bought as int)"
        )
        index, trend = read_day(
            products, day, "product_index, case when is_still_sold then trend else 0 end"
        )
        items = len(index)
        trend = trend[np.argsort(index)]
        customers, row = np.unique(rows, return_inverse=True)
        shape = (len(customers), items)
        profile = sparse.csr_matrix((weight, (row, columns)), shape=shape)
        bought = sparse.csr_matrix((is_bought.astype(np.float64), (row, columns)), shape=shape)
        for method in methods.split():
            first, second, value = read_day(
                neighbors.filter(f"method = '{method}'"),
                day,
                "product_index, neighbor_index, similarity",
            )
            similarity = sparse.csr_matrix((value, (first, second)), shape=(items, items))
            factor = np.where(trend > 0, trend ** exponents.get(method, 1), 0)
            scores = discover(profile, bought, similarity, factor, count, threads)
            tables.append(score_table(day, method, scores, customers))
    table = pa.concat_tables(tables) if tables else SCHEMA.empty_table()
    return table if hasattr(relation, "df") else session.createDataFrame(table)
