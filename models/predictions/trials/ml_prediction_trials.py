"""Every method of every task, as of every date, on a sample of customers.

As of a date a method learns from the window that closed on it (customer_value.trials), and says of
the customers as of the date how probable it is that they come back within the horizon, what they
spend or how often they visit. The same of the customers that it was fitted on stands beside it, so
that overfitting shows.
"""

from typing import Any

import pyarrow as pa
from customer_value.days import result
from customer_value.threads import sum_in_one_order
from customer_value.trials import TASKS, method_names, read_trials

SCHEMA = pa.schema(
    [
        ("task", pa.string()),
        ("as_of_date", pa.date32()),
        ("method", pa.string()),
        ("setting", pa.string()),
        ("is_fitted_on", pa.bool_()),
        ("sample_number", pa.int64()),
        ("prediction", pa.float64()),
    ]
)


def table(task: str, day: Any, method: str, trial: Any, sample: Any, is_fitted_on: bool) -> pa.Table:
    """The predictions of a trial for the customers fitted on, or for those of the date."""
    predictions = trial.fitted if is_fitted_on else trial.tested
    count = len(predictions)
    same = [
        pa.repeat(pa.scalar(value, field.type), count)
        for value, field in zip((task, day, method, trial.setting, is_fitted_on), SCHEMA, strict=False)
    ]
    columns = [*same, pa.array(sample.number, pa.int64()), pa.array(predictions, pa.float64())]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def model(dbt, session):
    """One row per task, as-of date, method and customer fitted on or tested, by place in the sample."""
    sum_in_one_order()
    relation = dbt.ref("int_prediction_samples")
    dates = dbt.ref("int_prediction_dates")
    windows = dbt.ref("int_prediction_windows")
    features = dbt.ref("int_prediction_features")
    methods = dbt.ref("int_prediction_methods")
    tables = []
    for task in TASKS:
        trials = read_trials(task, relation, dates, windows, features)
        for day, method, trial in trials.run(method_names(methods, task)):
            fitted, tested = trials.samples[trials.trained[day]], trials.samples[day]
            tables.append(table(task, day, method, trial, fitted, True))
            tables.append(table(task, day, method, trial, tested, False))
    return result(session, relation, SCHEMA, tables)
