"""Customers and products as short vectors whose product says how well they fit.

For what was bought, implicit-feedback alternating least squares (Hu, Koren, Volinsky 2008,
Collaborative filtering for implicit feedback datasets, equations 4 and 5) by the library implicit.
For ratings, the squared error over the rated cells alone, regularized by how many there are (Zhou
et al. 2008, Large-scale parallel collaborative filtering for the Netflix prize, section 3).
"""

import numpy as np
import pyarrow as pa
from customer_value.days import day_table, days, read_day, result, served_customers
from customer_value.factorization import REGULARIZATION
from customer_value.matrices import to_matrix
from customer_value.threads import sum_in_one_order
from implicit.cpu.als import AlternatingLeastSquares
from scipy import sparse

FACTORS = 64  # length of a vector
ITERATIONS = 15  # how many times both sides are solved
FITTED_CUSTOMERS = 100_000  # drawn by hash; the others are solved for once, products being given
SEED = 0
SOLVED_AT_ONCE = 4_000_000  # numbers of the normal equations held in memory at a time
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("entity", pa.string()),
        ("entity_index", pa.int32()),
        ("factors", pa.list_(pa.float64())),
    ]
)


def fit_implicit(
    user_item: sparse.csr_matrix,
    factors: int,
    regularization: float,
    iterations: int,
    threads: int = 1,
) -> AlternatingLeastSquares:
    """The library's fit of what was bought or seen.

    Parameters
    ----------
    user_item : sparse.csr_matrix
        Customers × products, the confidence of each cell, above zero.
    factors, regularization, iterations
        As in the paper: f, λ, and how many times both sides are solved.
    threads : int
        Threads of the library.

    Returns
    -------
    AlternatingLeastSquares
        With user_factors (customers × factors) and item_factors (products × factors).
    """
    als = AlternatingLeastSquares(
        factors=factors,
        regularization=regularization,
        alpha=1.0,
        iterations=iterations,
        num_threads=threads,
        random_state=SEED,
        dtype=np.float64,
    )
    als.fit(user_item, show_progress=False)
    return als


def solve(ratings: sparse.csr_matrix, others: np.ndarray, regularization: float) -> np.ndarray:
    """One side of the rated cells' least squares, the other side being given.

    Parameters
    ----------
    ratings : sparse.csr_matrix
        This side × the other side, ratings where there are any.
    others : np.ndarray
        The other side × factors.
    regularization : float
        λ per rated cell.

    Returns
    -------
    np.ndarray
        This side × factors; zeros where nothing is rated.
    """
    factors = others.shape[1]
    mask = ratings.copy()
    mask.data = np.ones_like(mask.data)
    squares = (others[:, :, None] * others[:, None, :]).reshape(len(others), -1)
    counts = np.diff(ratings.indptr)
    step = max(SOLVED_AT_ONCE // factors**2, 1)
    solved = [np.zeros((0, factors))]
    for start in range(0, ratings.shape[0], step):
        rows = slice(start, start + step)
        left = (mask[rows] @ squares).reshape(-1, factors, factors)
        penalty = regularization * np.maximum(counts[rows], 1)
        left += penalty[:, None, None] * np.eye(factors)
        right = ratings[rows] @ others
        solved.append(np.linalg.solve(left, right[:, :, None])[:, :, 0])
    return np.vstack(solved)


def fit_ratings(
    ratings: sparse.csr_matrix, factors: int, regularization: float, iterations: int
) -> tuple[np.ndarray, np.ndarray]:
    """Factors of the rated cells.

    Parameters
    ----------
    ratings : sparse.csr_matrix
        Customers × products, ratings where there are any.
    factors, regularization, iterations
        See `solve` and `fit_implicit`; the regularization is above zero.

    Returns
    -------
    tuple of np.ndarray
        Customers × factors, products × factors.
    """
    ratings = ratings.astype(np.float64)
    of_products = ratings.T.tocsr()
    products = np.random.default_rng(SEED).normal(size=(ratings.shape[1], factors))
    customers = np.zeros((ratings.shape[0], factors))
    for _ in range(iterations):
        customers = solve(ratings, products, regularization)
        products = solve(of_products, customers, regularization)
    return customers, products


def fit(
    user_item: sparse.csr_matrix, fitted: np.ndarray, is_rated: bool, threads: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Factors of all customers and products, fitted on some customers.

    Parameters
    ----------
    user_item : sparse.csr_matrix
        Customers × products, confidences or ratings, above zero.
    fitted : np.ndarray
        Shape (some,): the rows on which products are fitted.
    is_rated : bool
        Whether the cells are ratings.
    threads : int
        Threads of the library.

    Returns
    -------
    tuple of np.ndarray
        Customers × factors, products × factors.
    """
    others = np.setdiff1d(np.arange(user_item.shape[0]), fitted)
    factors = np.zeros((user_item.shape[0], FACTORS))
    if is_rated:
        factors[fitted], products = fit_ratings(
            user_item[fitted], FACTORS, REGULARIZATION, ITERATIONS
        )
        factors[others] = solve(user_item[others], products, REGULARIZATION)
        return factors, products
    als = fit_implicit(user_item[fitted], FACTORS, REGULARIZATION, ITERATIONS, threads)
    factors[fitted] = als.user_factors
    if len(others):
        factors[others] = als.recalculate_user(np.arange(len(others)), user_item[others])
    return factors, als.item_factors


def as_lists(factors: np.ndarray) -> pa.ListArray:
    """The rows of a matrix as lists, to nine digits after the point."""
    offsets = np.arange(len(factors) + 1, dtype=np.int32) * factors.shape[1]
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(factors.round(9).ravel()))


def model(dbt, session):
    """One row per as-of date, entity (customer, product) and its number."""
    sum_in_one_order()
    relation = dbt.ref("int_interaction_matrix")
    interaction_value = dbt.config.meta_get("interaction_value")
    threads = dbt.config.meta_get("threads")
    cells = relation.filter("value > 0")
    sample = dbt.ref("int_recommendation_customers").filter(f"customer_index < {FITTED_CUSTOMERS}")
    asked = days(
        served_customers(
            dbt.ref("int_listed_customers"),
            dbt.ref("int_recommendation_methods"),
            "ml_matrix_factorization",
        )
    )
    tables = []
    for day in (day for day in days(cells) if day in asked):
        user_item = to_matrix(*read_day(cells, day, "customer_index, product_index, value"))
        (fitted,) = read_day(sample, day, "customer_index")
        fitted = np.sort(fitted[fitted < user_item.shape[0]])
        both = fit(user_item, fitted, interaction_value == "rating", threads)
        for entity, values in zip(("customer", "product"), both, strict=True):
            index = np.arange(len(values))
            tables.append(day_table(SCHEMA, day, entity, index, as_lists(values)))
    return result(SCHEMA, tables)
