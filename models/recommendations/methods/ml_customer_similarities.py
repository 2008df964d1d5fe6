"""Customers alike: the nearest customers by what they bought, as of each date.

User-based collaborative filtering (Herlocker et al. 1999): with X the customers × products matrix,
the similarity of u and v is the cosine of their rows; with ``pearson`` each customer's mean over
what the customer has is taken off first, which asks for ratings. Those whom the method serves are
given neighbors; anybody may be one.
"""

import numpy as np
import pyarrow as pa
from customer_value.days import day_table, days, read_day, result, served_customers
from customer_value.matrices import to_matrix, unit_rows, without_diagonal
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

NEIGHBORS = 200  # customers whom user_cosine asks
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
        See `customer_value.matrices.unit_rows`.
    threads : int
        Threads of the sparse product.

    Returns
    -------
    sparse.csr_matrix
        Scored × customers, similarities in (0, 1], at most `neighbors` a row.
    """
    unit = unit_rows(user_item, measure)
    # one more than asked for, since the customer himself is among them
    similar = sp_matmul_topn(
        unit[scored], unit.T.tocsr(), top_n=neighbors + 1, sort=True, n_threads=threads
    )
    np.clip(similar.data, 0.0, 1.0, out=similar.data)
    return without_diagonal(similar, scored)


def model(dbt, session):
    """One row per as-of date, served customer and similar customer."""
    relation = dbt.ref("int_interaction_matrix")
    customers = dbt.ref("int_listed_customers")
    methods = dbt.ref("int_recommendation_methods")
    measure = dbt.config.meta_get("measure")
    threads = dbt.config.meta_get("threads")
    cells = relation.filter("value != 0")
    served = served_customers(customers, methods, "ml_user_cosine")
    asked = days(served)
    tables = []
    for day in (day for day in days(cells) if day in asked):
        user_item = to_matrix(*read_day(cells, day, "customer_index, product_index, value"))
        (scored,) = read_day(served, day, "customer_index")
        scored = np.sort(scored[scored < user_item.shape[0]])
        pairs = customer_neighbors(user_item, scored, NEIGHBORS, measure, threads).tocoo()
        tables.append(day_table(SCHEMA, day, scored[pairs.row], pairs.col, pairs.data))
    return result(SCHEMA, tables)
