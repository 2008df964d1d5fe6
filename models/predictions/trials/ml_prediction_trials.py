"""Every method of every task, as of every date, on a sample of customers.

As of a date a method learns from the window that closed on it (customer_value.trials), and says of
the customers as of the date how probable it is that they come back within the horizon, what they
spend or how often they visit. The same of the customers that it was fitted on stands beside it, so
that overfitting shows.
"""

import pyarrow as pa
from customer_value.carried import register
from customer_value.days import day_table, result
from customer_value.threads import sum_in_one_order
from customer_value.trials import TASKS, method_names, populations, read_trials

SCHEMA = pa.schema(
    [
        ("task", pa.string()),
        ("as_of_date", pa.date32()),
        ("method", pa.string()),
        ("setting", pa.string()),
        ("is_usual", pa.bool_()),
        ("is_taken", pa.bool_()),
        ("is_fitted_on", pa.bool_()),
        ("seen_as_of", pa.date32()),
        ("sample_number", pa.int64()),
        ("prediction", pa.float64()),
    ]
)


def model(dbt, session):
    """One row per task, as-of date, method and customer of the sample, fitted on or tested."""
    sum_in_one_order()
    register(dbt.config.meta_get("carried_fit"), dbt.ref("rpt_shop"))
    relation = dbt.ref("int_prediction_samples")
    samples = populations(relation, dbt.ref("int_propensity_samples"))
    dates = dbt.ref("int_prediction_dates")
    windows = dbt.ref("int_prediction_windows")
    features = dbt.ref("int_prediction_features")
    methods = dbt.ref("int_prediction_methods")
    tables = []
    for task in TASKS:
        trials = read_trials(task, samples, dates, windows, features)
        for day, method, trial in trials.run(method_names(methods, task)):
            fitted, tested = trials.learned[day], trials.samples[day]
            key = task, day, method, trial.setting, trial.is_usual, trial.is_taken
            tables.append(day_table(SCHEMA, *key, True, fitted.seen, fitted.number, trial.fitted))
            tables.append(day_table(SCHEMA, *key, False, tested.seen, tested.number, trial.tested))
    return result(SCHEMA, tables)
