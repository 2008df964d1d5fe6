"""Products new to a customer, scored by the product of both's factors.

score(u, j) = trend(j) · p_u · q_j (Hu, Koren, Volinsky 2008, section 4). Products that u has
bought, and those no longer sold, are left out.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from implicit.cpu.topk import topk
from scipy import sparse
from threadpoolctl import threadpool_limits

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
    matrix = dbt.ref("int_interaction_matrix")
    products = dbt.ref("int_product_trends")
    customers = dbt.ref("int_listed_customers")
    count = dbt.config.meta_get("count")
    threads = dbt.config.meta_get("threads")
    most = dbt.config.meta_get("customers")
    days = pc.unique(relation.select("as_of_date").arrow().read_all()["as_of_date"])
    tables = []
    for day in sorted(days.to_pylist()):
        of_customers = read_factors(relation, day, "customer")
        of_products = read_factors(relation, day, "product")
        index, trend = read_day(
            products, day, "product_index, case when is_still_sold then trend else 0 end"
        )
        trend = trend[np.argsort(index)][: len(of_products)]
        (listed,) = read_day(customers.filter(f"sample_number <= {most}"), day, "customer_index")
        listed = np.sort(listed[listed < len(of_customers)])
        rows, columns = read_day(matrix.filter("is_bought"), day, "customer_index, product_index")
        known = columns < len(of_products)
        bought = sparse.csr_matrix(
            (np.ones(known.sum()), (rows[known], columns[known])),
            shape=(max(len(of_customers), rows.max(initial=0) + 1), len(of_products)),
        )
        with threadpool_limits(1):  # one order of summing, on any machine
            customer, product, score = best_products(
                of_customers[listed], of_products, trend, bought[listed], count, threads
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
