"""Products new to a customer, scored by the neighbors of what the customer has.

For each method that names neighbors, score(u, j) = trend(j)^e · Σ_i weight(u, i) · similarity(i, j)
over the products i that u has, the weight being less the longer ago, and below zero for what u did
not like; e is the method's. Products that u has bought, and those no longer sold, are left out
(item-based top-n: Deshpande and Karypis 2004, section 4.1).
"""

from typing import Any

import numpy as np
import pyarrow as pa
from customer_value.days import day_table, days, read_day, result
from customer_value.matrices import best_new, to_matrix

SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("method", pa.string()),
        ("customer_index", pa.int32()),
        ("product_index", pa.int32()),
        ("score", pa.float64()),
        ("setting", pa.int32()),
    ]
)


def neighbor_scores(
    matrix: Any,
    neighbors: Any,
    products: Any,
    customers: Any,
    methods: Any,
    count: int,
    threads: int,
) -> pa.Table:
    """The best products of each customer by each method.

    Parameters
    ----------
    matrix, neighbors, products
        The relations int_interaction_matrix, int_product_neighbors and int_product_trends.
    customers
        Rows of int_listed_customers: who is scored, and as of when.
    methods
        Rows with method, setting and trend_exponent: what is scored.
    count : int
        How many products a customer gets at most of each method.
    threads : int
        Threads of the sparse product.

    Returns
    -------
    pa.Table
        One row per as-of date, method, setting, customer and product new to them.
    """
    asked = methods.select("method, setting, trend_exponent").arrow().read_all().to_pylist()
    tables = []
    for day in days(customers) if asked else []:
        (scored,) = read_day(customers, day, "customer_index")
        cells = read_day(
            matrix.filter("is_listed"),
            day,
            "customer_index, product_index, weight, cast(is_bought as double)",
        )
        is_scored = np.isin(cells[0], scored)
        row_customer, product, weight, is_bought = (values[is_scored] for values in cells)
        index, trend = read_day(
            products, day, "product_index, case when is_still_sold then trend else 0 end"
        )
        trend = trend[np.argsort(index)]
        listed, row = np.unique(row_customer, return_inverse=True)
        shape = (len(listed), len(index))
        profile = to_matrix(row, product, weight, shape)
        bought = to_matrix(row, product, is_bought, shape)
        for method in asked:
            name, setting = method["method"], method["setting"]
            first, second, value = read_day(
                neighbors.filter(f"method = '{name}' and setting = {setting}"),
                day,
                "product_index, neighbor_index, similarity",
            )
            similarity = to_matrix(first, second, value, (len(index), len(index)))
            factor = np.where(trend > 0, trend ** float(method["trend_exponent"]), 0)
            scores = best_new(profile, similarity, bought, factor, count, threads).tocoo()
            columns = listed[scores.row], scores.col, scores.data
            tables.append(day_table(SCHEMA, day, name, *columns, np.full(scores.nnz, setting)))
    return result(SCHEMA, tables)
