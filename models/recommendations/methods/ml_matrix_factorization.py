"""Products new to a customer, scored by the product of both's factors.

score(u, j) = trend(j) · p_u · q_j (Hu, Koren, Volinsky 2008, section 4). Products that u has
bought, and those no longer sold, are left out. Since p_u is linear in what u has, the score is a
sum over it, whose largest part is the reason (section 5 of the paper).
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from customer_value.days import day_table, days, read_day, result, served_customers
from customer_value.factorization import REGULARIZATION
from customer_value.matrices import to_matrix
from customer_value.threads import sum_in_one_order
from implicit.cpu.topk import topk
from scipy import sparse

HELD_AT_ONCE = 16_000_000  # numbers of the explanations held in memory at a time
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("customer_index", pa.int32()),
        ("product_index", pa.int32()),
        ("score", pa.float64()),
        ("reason_product_index", pa.int32()),
        ("reason_share", pa.float64()),
    ]
)


def best_products(
    customers: np.ndarray,
    products: np.ndarray,
    trend: np.ndarray,
    bought: sparse.csr_matrix,
    count: int,
    threads: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The best new products of each customer.

    Parameters
    ----------
    customers, products : np.ndarray
        Customers × factors, products × factors.
    trend : np.ndarray
        Shape (products,): what each product's score is multiplied by; zero leaves it out.
    bought : sparse.csr_matrix
        Customers × products, ones where bought.
    count : int
        How many products a customer gets at most.
    threads : int
        Threads of the library.

    Returns
    -------
    tuple of np.ndarray
        Rows, products and scores above zero, at most `count` a row, in single precision.
    """
    if not len(customers):
        return np.zeros(0, int), np.zeros(0, int), np.zeros(0)
    best, values = topk(
        (products * trend[:, None]).astype(np.float32),
        customers.astype(np.float32),
        min(count, len(products)),
        filter_query_items=bought.astype(np.float32),
        num_threads=threads,
    )
    rows, places = np.nonzero(values > 0)
    return rows, best[rows, places], values[rows, places].astype(np.float64)


def contributions(
    had: np.ndarray,
    values: np.ndarray,
    products: np.ndarray,
    scored: np.ndarray,
    regularization: float,
    is_rated: bool,
) -> np.ndarray:
    """What each product that a customer has gives to the scores of others, before their trend.

    Parameters
    ----------
    had, values : np.ndarray
        Customers × most that one has: products, and their confidences or ratings, 0 where there are
        fewer.
    products : np.ndarray
        Products × factors.
    scored : np.ndarray
        Customers × some, the products that are scored.
    regularization : float
        λ of the fit.
    is_rated : bool
        Whether the factors are fitted to the rated cells alone.

    Returns
    -------
    np.ndarray
        Customers × most that one has × some: x_ui q_i · A_u⁻¹ q_j, which over i add up to p_u · q_j
        with p_u solved for the given products. A_u is QᵀQ + Σ_i (x_ui − 1) q_i q_iᵀ + λI, or
        Σ_i q_i q_iᵀ + λ n_u I for ratings.
    """
    rows = products[had]
    weights = (values > 0).astype(float) if is_rated else np.where(values > 0, values - 1, 0)
    left = rows.transpose(0, 2, 1) @ (rows * weights[:, :, None])
    if is_rated:
        penalty = regularization * weights.sum(axis=1)
    else:
        penalty = np.full(len(had), regularization)
        left += products.T @ products
    left += penalty[:, None, None] * np.eye(products.shape[1])
    solved = np.linalg.solve(left, products[scored].transpose(0, 2, 1))
    return values[:, :, None] * (rows @ solved)


def reasons(
    history: sparse.csr_matrix,
    products: np.ndarray,
    customers: np.ndarray,
    scored: np.ndarray,
    regularization: float,
    is_rated: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """The product that gives most to each score, and its share of all that speaks for it.

    Parameters
    ----------
    history : sparse.csr_matrix
        Customers × products, confidences or ratings; every customer has one above zero.
    customers, scored : np.ndarray
        The scored pairs: rows of `history`, in order, and products.
    products, regularization, is_rated
        See `contributions`.

    Returns
    -------
    tuple of np.ndarray
        For each pair the product, of equal ones the first, and its share.
    """
    pairs = np.bincount(customers, minlength=history.shape[0])
    place = np.arange(len(customers)) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    best = np.zeros((len(pairs), pairs.max(initial=0)), int)
    best[customers, place] = scored
    share = np.zeros(best.shape)
    # customers with about as many products are solved together
    lengths, (_, factors) = np.diff(history.indptr), products.shape
    order = np.argsort(lengths, kind="stable")
    sizes = factors**2 + lengths[order] * (factors + best.shape[1])
    for rows in np.split(order, np.flatnonzero(np.diff(np.cumsum(sizes) // HELD_AT_ONCE)) + 1):
        places = np.arange(lengths[rows].max(initial=0))
        is_cell = places < lengths[rows, None]
        cells = np.where(is_cell, history.indptr[rows, None] + places, 0)
        had, values = history.indices[cells], np.where(is_cell, history.data[cells], 0)
        parts = contributions(had, values, products, best[rows], regularization, is_rated)
        parts = np.maximum(parts.round(12), 0)
        largest = parts.argmax(axis=1)
        share[rows] = parts.max(axis=1) / np.maximum(parts.sum(axis=1), 1e-12)
        best[rows] = np.take_along_axis(had, largest, axis=1)
    return best[customers, place], share[customers, place]


def read_factors(relation: object, day: object, entity: str) -> np.ndarray:
    """The factors of one date and entity, entities × factors, in order of their numbers."""
    rows = relation.filter(f"as_of_date = date '{day}' and entity = '{entity}'")
    table = rows.select("entity_index, factors").arrow().read_all().combine_chunks()
    flat = pc.list_flatten(table["factors"]).to_numpy()
    index = table["entity_index"].to_numpy()
    return flat.reshape(len(index), -1)[np.argsort(index)]


def model(dbt, session):
    """One row per as-of date, served customer and product new to them, the best few of each."""
    sum_in_one_order()
    relation = dbt.ref("ml_factors")
    matrix = dbt.ref("int_interaction_matrix")
    products = dbt.ref("int_product_trends")
    customers = dbt.ref("int_listed_customers")
    methods = dbt.ref("int_recommendation_methods")
    count = dbt.config.meta_get("count")
    threads = dbt.config.meta_get("threads")
    interaction_value = dbt.config.meta_get("interaction_value")
    served = served_customers(customers, methods, "ml_matrix_factorization")
    tables = []
    for day in days(relation):
        of_customers = read_factors(relation, day, "customer")
        of_products = read_factors(relation, day, "product")
        index, trend = read_day(
            products, day, "product_index, case when is_still_sold then trend else 0 end"
        )
        trend = trend[np.argsort(index)][: len(of_products)]
        rows, columns, value, is_bought = read_day(
            matrix, day, "customer_index, product_index, value, cast(is_bought as int)"
        )
        known = value > 0
        shape = (len(of_customers), len(of_products))
        history = to_matrix(rows[known], columns[known], value[known], shape)
        known = (is_bought == 1) & (rows < shape[0]) & (columns < shape[1])
        bought = to_matrix(rows[known], columns[known], is_bought[known], shape)
        (scored,) = read_day(served, day, "customer_index")
        scored = np.sort(scored[scored < shape[0]])
        scored = scored[np.diff(history.indptr)[scored] > 0]
        customer, product, score = best_products(
            of_customers[scored], of_products, trend, bought[scored], count, threads
        )
        reason, share = reasons(
            history[scored],
            of_products,
            customer,
            product,
            REGULARIZATION,
            interaction_value == "rating",
        )
        tables.append(day_table(SCHEMA, day, scored[customer], product, score, reason, share))
    return result(SCHEMA, tables)
