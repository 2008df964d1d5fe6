"""EASE^R: each product's place in a customer's history, predicted by the others, in closed form.

With X the customers × products matrix, B minimizes |X − X B|² + λ |B|² with a zero diagonal:
P = (XᵀX + λ I)⁻¹, B = I − P diag(1 / diag P) (Steck 2019, Embarrassingly shallow autoencoders for
sparse data, equation 8). B_ij is what having i says about having j; it may be below zero.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from customer_value.days import day_table, days, read_day, result, settings
from customer_value.matrices import to_matrix
from customer_value.threads import sum_in_one_order
from scipy import linalg, sparse

MIN_CUSTOMERS = 3  # of a product that is fitted where there are too many products
NEIGHBORS = 200  # weights kept of each product: .170 against .169 with all (docs/DECISIONS.md)
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("product_index", pa.int32()),
        ("neighbor_index", pa.int32()),
        ("similarity", pa.float64()),
        ("setting", pa.int32()),
    ]
)


def inverse(matrix: np.ndarray, regularization: float) -> np.ndarray:
    """The inverse of a Gram matrix with λ added to its diagonal, by Cholesky's decomposition.

    Parameters
    ----------
    matrix : np.ndarray
        n × n, symmetric, no eigenvalue below zero.
    regularization : float
        λ, above zero.
    """
    ridge = matrix.copy()
    ridge[np.diag_indices_from(ridge)] += regularization
    factor, _ = linalg.lapack.dpotrf(ridge, lower=1, overwrite_a=1)
    inverted, _ = linalg.lapack.dpotri(factor, lower=1, overwrite_c=1)
    upper = np.triu_indices_from(inverted, 1)
    inverted[upper] = inverted.T[upper]  # LAPACK fills one half
    return inverted


def item_weights(
    user_item: sparse.csr_matrix, regularizations: list[float]
) -> Iterator[np.ndarray]:
    """The weights B of EASE^R.

    Parameters
    ----------
    user_item : sparse.csr_matrix
        Customers × products.
    regularizations : list of float
        Values of λ, above zero.

    Yields
    ------
    np.ndarray
        Of each λ products × products, zero on the diagonal.

    Notes
    -----
    The smaller of both Gram matrices is inverted. With fewer customers than products
    (XᵀX + λ I)⁻¹ = (I − Xᵀ (XXᵀ + λ I)⁻¹ X) / λ (Woodbury's identity).
    """
    has_fewer_customers = user_item.shape[0] < user_item.shape[1]
    left = user_item if has_fewer_customers else user_item.T.tocsr()
    gram = (left @ left.T).toarray().astype(np.float64)
    for regularization in regularizations:
        inverted = inverse(gram, regularization)
        if has_fewer_customers:
            inverted = (user_item.T @ (user_item.T @ inverted).T) / -regularization
            inverted[np.diag_indices_from(inverted)] += 1 / regularization
        weights = inverted / -np.diag(inverted)
        weights[np.diag_indices_from(weights)] = 0
        yield weights


def largest(weights: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The `count` largest weights of each row, by their size whatever the sign.

    Returns
    -------
    tuple of np.ndarray
        Rows, columns and values, zeros left out; of equally large ones the lower column.
    """
    sizes = np.abs(weights).round(12)
    if sizes.shape[1] > count:
        least = np.partition(sizes, -count, axis=1)[:, -count, None]
        sizes[sizes < least] = 0
    rows, columns = np.nonzero(sizes)
    order = np.lexsort((columns, -sizes[rows, columns], rows))
    rows, columns = rows[order], columns[order]
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    kept = place < count
    return rows[kept], columns[kept], weights[rows[kept], columns[kept]]


def fitted(columns: np.ndarray, max_products: int) -> np.ndarray:
    """Which cells of the matrix are fitted.

    All, or where more than `max_products` products have customers those of products with at least
    MIN_CUSTOMERS: what one customer has says nothing about others.

    Parameters
    ----------
    columns : np.ndarray
        The product of each cell, a customer's once.
    max_products : int
        Above it none is fitted.

    Returns
    -------
    np.ndarray
        Of bool, as long as `columns`.
    """
    counts = np.bincount(columns)
    least = 1 if np.count_nonzero(counts) <= max_products else MIN_CUSTOMERS
    is_fitted = counts >= least
    return (is_fitted & (is_fitted.sum() <= max_products))[columns]


def model(dbt, session):
    """One row per as-of date, λ, product and other product that it speaks for or against."""
    sum_in_one_order()
    relation = dbt.ref("int_interaction_matrix")
    max_products = dbt.config.meta_get("max_products")
    regularizations = settings(dbt.ref("int_method_settings"), "item_ease")
    cells = relation.filter("value != 0")
    tables = []
    for day in days(cells):
        rows, columns, values = read_day(cells, day, "customer_index, product_index, value")
        is_fitted = fitted(columns, max_products)
        items, item = np.unique(columns[is_fitted], return_inverse=True)
        if not len(items):
            continue  # rpt_recommendation_methods says so
        user_item = to_matrix(rows[is_fitted], item, values[is_fitted])
        fits = item_weights(user_item, regularizations)
        for regularization, weights in zip(regularizations, fits, strict=True):
            product, neighbor, weight = largest(weights, NEIGHBORS)
            setting = np.full(len(weight), regularization)
            tables.append(day_table(SCHEMA, day, items[product], items[neighbor], weight, setting))
    return result(SCHEMA, tables)
