"""How likely each order is fraud, by a logistic regression on the shop's own labels.

As of a date it learns from orders that were placed so long before it that their label is taken as
known. As of today it scores all orders, those that it learns from by a fit on the others; as of a
backtest it scores those placed since. Without enough labels it scores none.
"""

import numpy as np
import pyarrow as pa
from customer_value.days import result
from customer_value.order_risk import FEATURES, RARE_FEATURES, columns, fraud_scores
from customer_value.threads import sum_in_one_order

ALL = FEATURES | RARE_FEATURES
SCHEMA = pa.schema(
    [("as_of_date", pa.date32()), ("order_id", pa.string()), ("fraud_score", pa.float64())]
)


def model(dbt, session):
    """One row per as-of date and order scored as of it."""
    sum_in_one_order()
    relation = dbt.ref("int_order_risk_features")
    outcomes = dbt.ref("int_order_outcomes").filter("is_fraud is not null")
    dates = dbt.ref("int_feature_dates").filter("is_current or is_backtest").order("as_of_date")
    labels = outcomes.select("order_id, is_fraud, closed_date").arrow().read_all()
    tables = []
    if labels.num_rows:
        known = relation.select(f"order_id, placed_at, {columns(ALL)}").arrow().read_all()
        rows = known.join(labels, "order_id", join_type="left outer")
        # of orders that are alike the earlier one comes first
        rows = rows.sort_by([("placed_at", "ascending"), ("order_id", "ascending")])
        matrix = np.column_stack(
            [rows[name].to_numpy(zero_copy_only=False).astype(float) for name in ALL]
        )
        placed = rows["placed_at"].to_numpy()
        closed = rows["closed_date"].to_numpy()
        is_fraud = rows["is_fraud"].fill_null(False).to_numpy()
        for date in dates.select("as_of_date, is_current").arrow().read_all().to_pylist():
            day = np.datetime64(date["as_of_date"])
            scores = fraud_scores(matrix, is_fraud, closed <= day)
            if scores is None:
                continue
            chosen = np.flatnonzero((placed < day) if date["is_current"] else (placed >= day))
            days = pa.repeat(pa.scalar(date["as_of_date"], pa.date32()), len(chosen))
            ids = rows["order_id"].take(pa.array(chosen)).combine_chunks()
            tables.append(
                pa.Table.from_arrays([days, ids, pa.array(scores[chosen])], schema=SCHEMA)
            )
    return result(SCHEMA, tables)
