"""How unlike the others each order is, by an isolation forest (Liu, Ting, Zhou 2008).

As of a date the forest is fitted on all orders placed before it. As of today it scores all of them;
as of a backtest it scores those placed since, which it has not seen. It knows of no outcome.
"""

import numpy as np
import pyarrow as pa
from customer_value.days import result
from customer_value.order_risk import (
    FEATURES,
    anomaly_scores,
    columns,
    feature_effects,
    fit_forest,
    strongest,
)
from customer_value.threads import sum_in_one_order

REASONS = 3
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("order_id", pa.string()),
        ("anomaly_score", pa.float64()),
        *((f"feature_{number}", pa.string()) for number in range(1, REASONS + 1)),
    ]
)


def read_orders(relation, condition: str) -> tuple[pa.Array, np.ndarray]:
    """Ids, and the features, shape (orders, features), of the orders that a condition names."""
    rows = relation.filter(condition).select(f"order_id, {columns(FEATURES)}").arrow().read_all()
    return rows["order_id"].combine_chunks(), np.column_stack(
        [rows[name].to_numpy() for name in FEATURES]
    )


def explained(forest, matrix: np.ndarray, scores: np.ndarray, share: float) -> list[list]:
    """The features that make the oddest orders odd, as lists of names; None for all others."""
    count = int(np.ceil(share * len(scores)))
    names: list[list] = [[None] * len(scores) for _ in range(REASONS)]
    if not count:
        return names
    odd = np.flatnonzero(scores >= -np.partition(-scores, count - 1)[count - 1])
    usual = np.median(matrix, axis=0)
    effects = feature_effects(forest, matrix[odd], scores[odd], usual)
    for column, found in zip(names, strongest(effects, list(FEATURES), REASONS), strict=True):
        for place, name in zip(odd, found, strict=True):
            column[place] = name
    return names


def model(dbt, session):
    """One row per as-of date and order scored as of it."""
    sum_in_one_order()
    relation = dbt.ref("int_order_risk_features")
    dates = dbt.ref("int_feature_dates").filter("is_current or is_backtest").order("as_of_date")
    share = dbt.config.meta_get("verify_order_share")
    tables = []
    for date in dates.select("as_of_date, is_current").arrow().read_all().to_pylist():
        before = f"placed_at < date '{date['as_of_date']}'"
        ids, matrix = read_orders(relation, before)
        forest = fit_forest(matrix)
        if forest is None:
            continue
        if not date["is_current"]:
            ids, matrix = read_orders(relation, f"not ({before})")
        scores = anomaly_scores(forest, matrix)
        names = explained(forest, matrix, scores, share if date["is_current"] else 0)
        days = pa.repeat(pa.scalar(date["as_of_date"], pa.date32()), len(ids))
        columns_of_names = [pa.array(column, pa.string()) for column in names]
        tables.append(
            pa.Table.from_arrays([days, ids, pa.array(scores), *columns_of_names], schema=SCHEMA)
        )
    return result(SCHEMA, tables)
