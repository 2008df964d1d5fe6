"""EASE^R: each product's place in a customer's history, predicted by the others, in closed form.

With X the customers × products matrix, B minimizes |X − X B|² + λ |B|² with a zero diagonal:
P = (XᵀX + λ I)⁻¹, B = I − P diag(1 / diag P) (Steck 2019, Embarrassingly shallow autoencoders for
sparse data, equation 8). B_ij is what having i says about having j; it may be below zero.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import linalg, sparse
from threadpoolctl import threadpool_limits

SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("product_index", pa.int32()),
        ("neighbor_index", pa.int32()),
        ("similarity", pa.float64()),
    ]
)


def item_weights(user_item: sparse.csr_matrix, regularization: float) -> np.ndarray:
    """The weights B of EASE^R.

    Parameters
    ----------
    user_item : sparse.csr_matrix
        Customers × products.
    regularization : float
        λ, above zero.

    Returns
    -------
    np.ndarray
        Products × products, zero on the diagonal.
    """
    gram = (user_item.T @ user_item).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += regularization
    factor, _ = linalg.lapack.dpotrf(gram, lower=1, overwrite_a=1)
    inverse, _ = linalg.lapack.dpotri(factor, lower=1, overwrite_c=1)
    upper = np.triu_indices_from(inverse, 1)
    inverse[upper] = inverse.T[upper]  # LAPACK fills one half
    weights = inverse / -np.diag(inverse)
    weights[np.diag_indices_from(weights)] = 0
    return weights


def largest(weights: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The `count` largest weights of each row, by their size whatever the sign.

    Returns
    -------
    tuple of np.ndarray
        Rows, columns and values, zeros left out; of equally large ones the lower column.
    """
    order = np.argsort(-np.abs(weights).round(12), axis=1, kind="stable")[:, :count]
    rows = np.repeat(np.arange(len(weights)), order.shape[1])
    values = weights[rows, order.ravel()]
    kept = values != 0
    return rows[kept], order.ravel()[kept], values[kept]


def model(dbt, session):
    """One row per as-of date, product and other product that it speaks for or against."""
    relation = dbt.ref("int_interaction_matrix")
    regularization = dbt.config.meta_get("regularization")
    neighbors = dbt.config.meta_get("neighbors")
    max_products = dbt.config.meta_get("max_products")
    cells = relation.filter("value != 0").select("as_of_date, customer_index, product_index, value")
    matrix = cells.arrow().read_all()
    days = matrix["as_of_date"].combine_chunks()
    tables = []
    for day in sorted(days.unique().to_pylist()):
        of_day = matrix.filter(pc.equal(days, pa.scalar(day, pa.date32())))
        rows, columns, values = (column.to_numpy() for column in of_day.columns[1:])
        items, item = np.unique(columns, return_inverse=True)
        if len(items) > max_products:
            continue  # rpt_recommendation_methods says so
        user_item = sparse.csr_matrix((values, (rows, item)))
        user_item.sort_indices()
        with threadpool_limits(1):  # one order of summing, on any machine
            product, neighbor, weight = largest(item_weights(user_item, regularization), neighbors)
        columns = [
            pa.repeat(pa.scalar(day, pa.date32()), len(weight)),
            pa.array(items[product], pa.int32()),
            pa.array(items[neighbor], pa.int32()),
            pa.array(weight, pa.float64()),
        ]
        tables.append(pa.Table.from_arrays(columns, schema=SCHEMA))
    table = pa.concat_tables(tables) if tables else SCHEMA.empty_table()
    return table if hasattr(relation, "df") else session.createDataFrame(table)
