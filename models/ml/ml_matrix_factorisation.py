"""Products new to a customer, scored by the product of both's factors.

score(u, j) = trend(j) · p_u · q_j (Hu, Koren, Volinsky 2008, section 4). Products that u has
bought, and those no longer sold, are left out.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

SCORED_AT_ONCE = 10_000_000  # scores held in memory at a time
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("customer_index", pa.int32()),
        ("product_index", pa.int32()),
        ("score", pa.float64()),
    ]
)


def best_products(
    customers: np.ndarray,
    products: np.ndarray,
    trend: np.ndarray,
    bought: tuple[np.ndarray, np.ndarray],
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
    bought : tuple of np.ndarray
        Customers' rows, in order, and the products that they bought.
    count : int
        How many products a customer gets at most.
    threads : int
        How many groups of customers are scored at a time.

    Returns
    -------
    tuple of np.ndarray
        Rows, products and scores above zero, at most `count` a row, in order of rows.
    """
    step = max(SCORED_AT_ONCE // max(len(products), 1), 1)
    customers, products = customers.astype(np.float32), products.astype(np.float32)
    trend = trend.astype(np.float32)

    def score(start: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        scores = customers[start : start + step] @ products.T * trend
        first, last = np.searchsorted(bought[0], [start, start + len(scores)])
        scores[bought[0][first:last] - start, bought[1][first:last]] = 0
        kept = min(count, scores.shape[1])
        best = np.argpartition(-scores, kept - 1, axis=1)[:, :kept]
        values = np.take_along_axis(scores, best, axis=1)
        rows, places = np.nonzero(values > 0)
        return rows + start, best[rows, places], values[rows, places].astype(np.float64)

    # each on one thread of its own: one order of summing, on any machine
    with ThreadPoolExecutor(threads, initializer=threadpool_limits, initargs=(1,)) as pool:
        found = list(pool.map(score, range(0, len(customers), step)))
    if not found:
        return np.zeros(0, int), np.zeros(0, int), np.zeros(0)
    return tuple(np.concatenate(part) for part in zip(*found, strict=True))


def read_day(relation: object, day: object, columns: str) -> list[np.ndarray]:
    """The columns of one date's rows, as arrays; what is needed of one date is read at a time."""
    rows = relation.filter(f"as_of_date = date '{day}'").select(columns).arrow().read_all()
    return [column.to_numpy() for column in rows.columns]


def read_factors(relation: object, day: object, entity: str) -> np.ndarray:
    """The factors of one date and entity, entities × factors, in order of their numbers."""
    rows = relation.filter(f"as_of_date = date '{day}' and entity = '{entity}'")
    table = rows.select("entity_index, factors").arrow().read_all().combine_chunks()
    flat = pc.list_flatten(table["factors"]).to_numpy()
    index = table["entity_index"].to_numpy()
    return flat.reshape(len(index), -1)[np.argsort(index)]


def model(dbt, session):
    """One row per as-of date, listed customer and product new to them, the best few of each."""
    relation = dbt.ref("ml_factors")
    matrix = dbt.ref("int_interaction_matrix").filter("is_listed")
    products = dbt.ref("int_product_trends")
    count = dbt.config.meta_get("count")
    threads = dbt.config.meta_get("threads")
    days = pc.unique(relation.select("as_of_date").arrow().read_all()["as_of_date"])
    tables = []
    for day in sorted(days.to_pylist()):
        of_customers = read_factors(relation, day, "customer")
        of_products = read_factors(relation, day, "product")
        index, trend = read_day(
            products, day, "product_index, case when is_still_sold then trend else 0 end"
        )
        trend = trend[np.argsort(index)][: len(of_products)]
        rows, columns, is_bought = read_day(
            matrix, day, "customer_index, product_index, cast(is_bought as int)"
        )
        known = (rows < len(of_customers)) & (columns < len(of_products))
        rows, columns, is_bought = rows[known], columns[known], is_bought[known] == 1
        listed, row = np.unique(rows, return_inverse=True)
        order = np.argsort(row, kind="stable")
        order = order[is_bought[order]]
        bought = row[order], columns[order]
        with threadpool_limits(1):
            customer, product, score = best_products(
                of_customers[listed], of_products, trend, bought, count, threads
            )
        columns = [
            pa.repeat(pa.scalar(day, pa.date32()), len(score)),
            pa.array(listed[customer], pa.int32()),
            pa.array(product, pa.int32()),
            pa.array(score, pa.float64()),
        ]
        tables.append(pa.Table.from_arrays(columns, schema=SCHEMA))
    table = pa.concat_tables(tables) if tables else SCHEMA.empty_table()
    return table if hasattr(relation, "df") else session.createDataFrame(table)
