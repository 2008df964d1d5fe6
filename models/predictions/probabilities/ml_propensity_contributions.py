"""The reasons of a probability of propensity: what its strongest features add.

Of a regression by its terms (linear_terms), of trees by their paths (tree_contributions). Means,
stacks, neighbors, machines and perceptrons have no reasons.
"""

import numpy as np
import pyarrow as pa
from customer_value.days import matrix, result
from customer_value.linear_terms import linear_contributions
from customer_value.threads import sum_in_one_order
from customer_value.tree_contributions import EXPLAINED, contributions, is_available
from customer_value.trials import TASKS, feature_names, populations, read_settings, read_trials

BATCH = 10_000  # rows
REASONS = 3  # of each row the strongest
SCHEMA = pa.schema(
    [
        ("task", pa.string()),
        ("as_of_date", pa.date32()),
        ("customer_id", pa.string()),
        ("product_id", pa.string()),
        ("feature", pa.string()),
        ("contribution", pa.float64()),
    ]
)


def model(dbt, session):
    """One row per task, published date, customer and product explained, and feature."""
    sum_in_one_order()
    relation = dbt.ref("int_prediction_samples")
    samples = populations(relation, dbt.ref("int_propensity_samples"))
    explained = dbt.ref("int_propensity_explained")
    dates = dbt.ref("int_prediction_dates").filter("is_published")
    windows = dbt.ref("int_prediction_windows")
    features = dbt.ref("int_prediction_features")
    tried = dbt.ref("ml_prediction_trials")
    wanted = explained.select("task, as_of_date, method").distinct().order("task, as_of_date")
    tables = []
    for row in wanted.arrow().read_all().to_pylist():
        task, day, method = row["task"], row["as_of_date"], row["method"]
        if method in EXPLAINED and not is_available():
            continue
        trials = read_trials(task, samples, dates, windows, features)
        predictor = trials.fit(day, method, read_settings(tried, task)[day, method])
        names = np.array(feature_names(features, TASKS[task].population))
        rows = (
            explained.filter(f"task = '{task}' and as_of_date = date '{day}'")
            .select("customer_id, product_id, cast(numbers as double[]) as numbers, words")
            .order("customer_id, product_id")
        )
        for batch in rows.arrow(BATCH):
            numbers, words = matrix(batch["numbers"]), matrix(batch["words"])
            if method in EXPLAINED:
                _, added = contributions(predictor, numbers, words, list(names))
            else:
                added = linear_contributions(predictor, trials.learned[day], numbers, words)
            strongest = np.argsort(-np.abs(added).round(9), axis=1, kind="stable")[:, :REASONS]
            values = np.take_along_axis(added, strongest, axis=1).ravel()
            ids = [
                pa.array(np.repeat(np.array(batch[name].to_pylist(), dtype=object), REASONS))
                for name in ("customer_id", "product_id")
            ]
            same = [
                pa.repeat(pa.scalar(value, field.type), len(values))
                for value, field in zip((task, day), SCHEMA, strict=False)
            ]
            named = pa.array(names[strongest.ravel()], pa.string())
            columns = [*same, *(one.cast(pa.string()) for one in ids), named, pa.array(values)]
            tables.append(pa.Table.from_arrays(columns, schema=SCHEMA))
    return result(SCHEMA, tables)
