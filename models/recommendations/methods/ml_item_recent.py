"""What customers of a product have lately, too: co-occurrence that is recent and not symmetric.

w_ij = Σ_u x_ui r_uj / n_u / (√(Σ_u x_ui / n_u) √n_j) · n_j / (n_j + β) over the customers u, with x
what the matrix holds, r the same less the longer ago, n_u the products of the customer, n_j the
customers of j. Customers with long histories count less (as in Deshpande and Karypis 2004, section
4.2), and what is bought now counts more, so that no trend of the product has to be put on top. The
last factor, with β above zero, keeps what one or two customers have from coming first.
"""

import numpy as np
import pyarrow as pa
from customer_value.days import day_table, days, read_day, result, settings
from customer_value.matrices import to_matrix, without_diagonal
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

NEIGHBORS = 100  # kept of each product: more than a list is long, so that lists can be filled
COUNTED_AT_ONCE = 25_000_000  # pairs of products held in memory at a time
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("product_index", pa.int32()),
        ("neighbor_index", pa.int32()),
        ("similarity", pa.float64()),
        ("setting", pa.int32()),
    ]
)


def recent_neighbors(
    held: sparse.csr_matrix,
    recent: sparse.csr_matrix,
    neighbors: int,
    shrinkages: list[int],
    threads: int = 1,
) -> list[sparse.csr_matrix]:
    """The products that customers of each product have lately, without the product itself.

    Parameters
    ----------
    held : sparse.csr_matrix
        Customers × products, zero or more.
    recent : sparse.csr_matrix
        The same, less the longer ago.
    neighbors : int
        How many to keep per product.
    shrinkages : list of int
        Values of β, customers.
    threads : int
        Threads of the sparse product.

    Returns
    -------
    list of sparse.csr_matrix
        Of each β products × products, above zero, at most `neighbors` a row.
    """
    items = held.shape[1]
    history = np.maximum(np.diff(held.indptr), 1)
    shared = sparse.diags(1 / history) @ held
    mass = np.asarray(shared.sum(axis=0)).ravel()
    customers = np.maximum(np.bincount(held.indices, minlength=items), 1)
    left = (sparse.diags(1 / np.sqrt(np.maximum(mass, 1e-12))) @ shared.T.tocsr()).tocsr()
    right = (recent @ sparse.diags(1 / np.sqrt(customers))).tocsr()
    shrunk = [sparse.diags(customers / (customers + beta)).tocsr() for beta in shrinkages]
    blocks = [[sparse.csr_matrix((0, items))] for _ in shrinkages]
    step = max(COUNTED_AT_ONCE // max(items, 1), 1)
    for start in range(0, items, step):
        both = (left[start : start + step] @ right).tocsr()
        for found, factor in zip(blocks, shrunk, strict=True):
            # one more than asked for, since the product itself is among them
            found.append(
                sp_matmul_topn(both, factor, top_n=neighbors + 1, sort=True, n_threads=threads)
            )
    return [without_diagonal(sparse.vstack(found, format="csr")) for found in blocks]


def model(dbt, session):
    """One row per as-of date, β, product and other product that its customers have lately."""
    relation = dbt.ref("int_interaction_matrix")
    threads = dbt.config.meta_get("threads")
    shrinkages = settings(dbt.ref("int_method_settings"), "item_recent")
    cells = relation.filter("value > 0")
    tables = []
    for day in days(cells):
        rows, columns, held, recent = read_day(
            cells, day, "customer_index, product_index, value, recent_value"
        )
        held, recent = to_matrix(rows, columns, held), to_matrix(rows, columns, recent)
        found = recent_neighbors(held, recent, NEIGHBORS, shrinkages, threads)
        for beta, matrix in zip(shrinkages, found, strict=True):
            pairs = matrix.tocoo()
            setting = np.full(pairs.nnz, beta)
            tables.append(day_table(SCHEMA, day, pairs.row, pairs.col, pairs.data, setting))
    return result(SCHEMA, tables)
