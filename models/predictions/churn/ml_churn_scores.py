"""The champion's scores of all customers, where SQL cannot apply it: trees, forests and the like.

The method is fitted again as in ml_churn_trials, with the setting that stands there, and applied to
the customers of the date in batches.
"""

import numpy as np
import pyarrow as pa
from customer_value.days import result
from customer_value.threads import sum_in_one_order
from customer_value.trials import champion_classifiers, read_settings, read_trials

BATCH = 50_000  # customers
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("customer_id", pa.string()),
        ("purchase_probability", pa.float64()),
    ]
)


def model(dbt, session):
    """One row per published date whose champion SQL cannot apply, and customer."""
    sum_in_one_order()
    relation = dbt.ref("int_prediction_samples")
    points = dbt.ref("int_prediction_points")
    dates = dbt.ref("int_prediction_dates")
    windows = dbt.ref("int_prediction_windows")
    features = dbt.ref("int_prediction_features")
    champions = dbt.ref("int_churn_champions").filter("not is_sql").select("as_of_date, method")
    settings = read_settings(dbt.ref("ml_churn_trials"))
    tables = []
    wanted = champions.order("as_of_date").arrow().read_all().to_pylist()
    trials = read_trials(relation, dates, windows, features) if wanted else None
    for row in wanted:
        day, method = row["as_of_date"], row["method"]
        parts = champion_classifiers(trials, day, method, settings)
        rows = points.filter(f"as_of_date = date '{day}'").select(
            "customer_id, cast(numbers as double[]) as numbers, words"
        )
        for batch in rows.arrow(BATCH):
            numbers = np.array(batch["numbers"].to_pylist(), dtype=np.float64)
            words = np.array(batch["words"].to_pylist(), dtype=object)
            scores = np.mean([part.probabilities(numbers, words) for part in parts], axis=0)
            days = pa.repeat(pa.scalar(day, pa.date32()), len(scores))
            columns = [days, batch["customer_id"].cast(pa.string()), pa.array(scores)]
            tables.append(pa.Table.from_arrays(columns, schema=SCHEMA))
    return result(session, relation, SCHEMA, tables)
