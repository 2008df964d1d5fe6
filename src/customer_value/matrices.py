"""Sparse matrices of customers and products, and the best of each row of a product of two."""

import numpy as np
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

FAR_BELOW = 1e6  # taken off what a customer has bought; no score comes near it


def to_matrix(
    rows: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    shape: tuple[int, int] | None = None,
) -> sparse.csr_matrix:
    """The values at the given places.

    Parameters
    ----------
    rows, columns, values : np.ndarray
        Of one length, no place twice.
    shape : tuple of int, optional
        By default the smallest that has all places.

    Returns
    -------
    sparse.csr_matrix
        Its indices sorted, so that sums have one order whatever the order of rows.
    """
    if shape is None:
        shape = (int(rows.max()) + 1, int(columns.max()) + 1) if len(rows) else (0, 0)
    matrix = sparse.csr_matrix((values, (rows, columns)), shape=shape)
    matrix.sort_indices()
    return matrix


def without_diagonal(matrix: sparse.csr_matrix, own: np.ndarray | None = None) -> sparse.csr_matrix:
    """The matrix, in place, without what each row says of itself, and without zeros.

    Parameters
    ----------
    matrix : sparse.csr_matrix
        Rows × columns.
    own : np.ndarray, optional
        Shape (rows,): the column that is the row itself; by default the column of its number.
    """
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    matrix.data[(rows if own is None else own[rows]) == matrix.indices] = 0
    matrix.eliminate_zeros()
    return matrix


def unit_rows(user_item: sparse.csr_matrix, measure: str = "cosine") -> sparse.csr_matrix:
    """Rows of length one, whose products are the similarities.

    Parameters
    ----------
    user_item : sparse.csr_matrix
        Customers × products.
    measure : str
        ``cosine``, or ``pearson``, which takes each row's mean over what is there off first.

    Returns
    -------
    sparse.csr_matrix
        Customers × products.

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
    return sparse.csr_matrix((values, user_item.indices, user_item.indptr), shape=user_item.shape)


def best_new(
    left: sparse.csr_matrix,
    right: sparse.csr_matrix,
    bought: sparse.csr_matrix,
    trend: np.ndarray,
    count: int,
    threads: int = 1,
) -> sparse.csr_matrix:
    """The best products of each customer by ``left @ right @ diag(trend)``, new ones alone.

    Parameters
    ----------
    left, right : sparse.csr_matrix
        Customers × m and m × products: what a customer likes and what goes with it, or who is like
        the customer and what they have.
    bought : sparse.csr_matrix
        Customers × products, ones where bought.
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
    What is bought is left out inside the one sparse product, [left, bought] ·
    [right · diag(trend); −FAR_BELOW · 1], so no list of all candidates is ever made.
    """
    left = sparse.hstack([left, bought], format="csr")
    right = sparse.vstack(
        [right @ sparse.diags(trend), -FAR_BELOW * sparse.identity(len(trend))], format="csr"
    )
    left.sort_indices()
    right.sort_indices()
    best = sp_matmul_topn(left, right, top_n=count, threshold=0.0, sort=True, n_threads=threads)
    best.data[best.data <= 0] = 0
    best.eliminate_zeros()
    return best
