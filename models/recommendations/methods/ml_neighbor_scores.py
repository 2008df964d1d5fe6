"""Products new to a customer, scored by the neighbors of what the customer has.

For each method that names neighbors, score(u, j) = trend(j)^e · Σ_i weight(u, i) · similarity(i, j)
over the products i that u has, the weight being less the longer ago, and below zero for what u did
not like; e is the method's. Products that u has bought, and those no longer sold, are left out
(item-based top-n: Deshpande and Karypis 2004, section 4.1).
"""

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
    ]
)


def model(dbt, session):
    """One row per as-of date, method, served customer and product new to them, the best of each."""
    relation = dbt.ref("int_interaction_matrix")
    matrix = relation.filter("is_listed")
    neighbors = dbt.ref("int_product_neighbors")
    products = dbt.ref("int_product_trends")
    customers = dbt.ref("int_listed_customers")
    methods = dbt.ref("int_recommendation_methods").filter("kind = 'neighbors'")
    count = dbt.config.meta_get("count")
    threads = dbt.config.meta_get("threads")
    declared = methods.select("method, trend_exponent, is_on_list").arrow().read_all().to_pylist()
    tables = []
    for day in days(matrix):
        rows, columns, weight, is_bought = read_day(
            matrix, day, "customer_index, product_index, weight, cast(is_bought as double)"
        )
        index, trend = read_day(
            products, day, "product_index, case when is_still_sold then trend else 0 end"
        )
        items = len(index)
        trend = trend[np.argsort(index)]
        (sampled,) = read_day(customers.filter("is_sampled"), day, "customer_index")
        listed, row = np.unique(rows, return_inverse=True)
        shape = (len(listed), items)
        profile = to_matrix(row, columns, weight, shape)
        bought = to_matrix(row, columns, is_bought, shape)
        in_sample = np.flatnonzero(np.isin(listed, sampled))
        for method in declared:
            # who has no list of it is scored for the sample that compares methods
            served = np.arange(len(listed)) if method["is_on_list"] else in_sample
            first, second, value = read_day(
                neighbors.filter(f"method = '{method['method']}'"),
                day,
                "product_index, neighbor_index, similarity",
            )
            similarity = to_matrix(first, second, value, (items, items))
            factor = np.where(trend > 0, trend ** float(method["trend_exponent"]), 0)
            scores = best_new(
                profile[served], similarity, bought[served], factor, count, threads
            ).tocoo()
            tables.append(
                day_table(
                    SCHEMA,
                    day,
                    method["method"],
                    listed[served][scores.row],
                    scores.col,
                    scores.data,
                )
            )
    return result(session, relation, SCHEMA, tables)
