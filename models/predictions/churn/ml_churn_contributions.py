"""The reasons of a champion that is a tree, a forest or boosted trees (tree_contributions)."""

import numpy as np
import pyarrow as pa
from customer_value.days import matrix, result
from customer_value.threads import sum_in_one_order
from customer_value.tree_contributions import contributions, is_available
from customer_value.trials import populations, read_settings, read_trials

TASK = "churn"
BATCH = 10_000  # customers
REASONS = 3  # of each customer the strongest
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("customer_id", pa.string()),
        ("feature", pa.string()),
        ("contribution", pa.float64()),
    ]
)


def model(dbt, session):
    """One row per published date whose champion is of trees, customer explained and feature."""
    sum_in_one_order()
    relation = dbt.ref("int_prediction_samples")
    samples = populations(relation, dbt.ref("int_propensity_samples"))
    explained = dbt.ref("int_churn_explained")
    dates = dbt.ref("int_prediction_dates")
    windows = dbt.ref("int_prediction_windows")
    features = dbt.ref("int_prediction_features")
    settings = read_settings(dbt.ref("ml_prediction_trials"), TASK)
    wanted = explained.select("as_of_date, method").distinct().order("as_of_date")
    rows = wanted.arrow().read_all().to_pylist() if is_available() else []
    trials = read_trials(TASK, samples, dates, windows, features) if rows else None
    named = features.filter("population = 'customers'").order("is_number desc, feature_number")
    names = np.array(named.select("feature").arrow().read_all()["feature"].to_pylist())
    tables = []
    for row in rows:
        day, method = row["as_of_date"], row["method"]
        predictor = trials.fit(day, method, settings[day, method])
        points = (
            explained.filter(f"as_of_date = date '{day}'")
            .select("customer_id, cast(numbers as double[]) as numbers, words")
            .order("customer_id")
        )
        for batch in points.arrow(BATCH):
            numbers = matrix(batch["numbers"])
            words = matrix(batch["words"])
            _, added = contributions(predictor, numbers, words, list(names))
            strongest = np.argsort(-np.abs(added).round(9), axis=1, kind="stable")[:, :REASONS]
            values = np.take_along_axis(added, strongest, axis=1).ravel()
            ids = np.repeat(np.array(batch["customer_id"].to_pylist(), dtype=object), REASONS)
            days = pa.repeat(pa.scalar(day, pa.date32()), len(values))
            columns = [pa.array(ids, pa.string()), pa.array(names[strongest.ravel()], pa.string())]
            tables.append(pa.Table.from_arrays([days, *columns, pa.array(values)], schema=SCHEMA))
    return result(SCHEMA, tables)
