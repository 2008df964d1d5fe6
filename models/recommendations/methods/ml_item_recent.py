"""What customers of a product have lately, too: co-occurrence that is recent and not symmetric.

w_ij = Σ_u x_ui r_uj / n_u / (√(Σ_u x_ui / n_u) √n_j) over the customers u, with x what the matrix
holds, r the same less the longer ago, n_u the products of the customer, n_j the customers of j.
Customers with long histories count less (as in Deshpande and Karypis 2004, section 4.2), and what
is bought now counts more, so that no trend of the product has to be put on top.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("product_index", pa.int32()),
        ("neighbor_index", pa.int32()),
        ("similarity", pa.float64()),
    ]
)


def recent_neighbors(
    held: sparse.csr_matrix, recent: sparse.csr_matrix, neighbors: int, threads: int = 1
) -> sparse.csr_matrix:
    """The products that customers of each product have lately, without the product itself.

    Parameters
    ----------
    held : sparse.csr_matrix
        Customers × products, zero or more.
    recent : sparse.csr_matrix
        The same, less the longer ago.
    neighbors : int
        How many to keep per product.
    threads : int
        Threads of the sparse product.

    Returns
    -------
    sparse.csr_matrix
        Products × products, above zero, at most `neighbors` a row.
    """
    items = held.shape[1]
    history = np.maximum(np.diff(held.indptr), 1)
    shared = sparse.diags(1 / history) @ held
    mass = np.asarray(shared.sum(axis=0)).ravel()
    customers = np.bincount(held.indices, minlength=items)
    left = sparse.diags(1 / np.sqrt(np.maximum(mass, 1e-12))) @ shared.T.tocsr()
    right = recent @ sparse.diags(1 / np.sqrt(np.maximum(customers, 1)))
    # one more than asked for, since the product itself is among them
    found = sp_matmul_topn(
        left.tocsr(), right.tocsr(), top_n=neighbors + 1, sort=True, n_threads=threads
    )
    rows = np.repeat(np.arange(items, dtype=found.indices.dtype), np.diff(found.indptr))
    found.data[rows == found.indices] = 0
    found.eliminate_zeros()
    return found


def to_matrix(rows: np.ndarray, columns: np.ndarray, values: np.ndarray) -> sparse.csr_matrix:
    """The values at the given places, in a matrix of the smallest shape that has them all."""
    matrix = sparse.csr_matrix((values, (rows, columns)))
    matrix.sort_indices()  # one order of summing, whatever the order of rows
    return matrix


def model(dbt, session):
    """One row per as-of date, product and other product that its customers have lately."""
    relation = dbt.ref("int_interaction_matrix")
    neighbors = dbt.config.meta_get("neighbors")
    threads = dbt.config.meta_get("threads")
    cells = relation.filter("value > 0").select(
        "as_of_date, customer_index, product_index, value, recent_value"
    )
    matrix = cells.arrow().read_all()
    days = matrix["as_of_date"].combine_chunks()
    tables = []
    for day in sorted(days.unique().to_pylist()):
        of_day = matrix.filter(pc.equal(days, pa.scalar(day, pa.date32())))
        rows, columns, held, recent = (column.to_numpy() for column in of_day.columns[1:])
        pairs = recent_neighbors(
            to_matrix(rows, columns, held), to_matrix(rows, columns, recent), neighbors, threads
        ).tocoo()
        columns = [
            pa.repeat(pa.scalar(day, pa.date32()), pairs.nnz),
            pa.array(pairs.row, pa.int32()),
            pa.array(pairs.col, pa.int32()),
            pa.array(pairs.data, pa.float64()),
        ]
        tables.append(pa.Table.from_arrays(columns, schema=SCHEMA))
    table = pa.concat_tables(tables) if tables else SCHEMA.empty_table()
    return table if hasattr(relation, "df") else session.createDataFrame(table)
