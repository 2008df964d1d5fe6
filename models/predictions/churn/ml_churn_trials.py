"""Every method of telling who comes back, as of every date, on a sample of customers.

As of a date a method learns from the window that closed on it (customer_value.trials), and says of
the customers as of the date how probable it is that they come back within the horizon. The same of
the customers that it was fitted on stands beside it, so that overfitting shows.
"""

import numpy as np
import pyarrow as pa
from customer_value.days import day_table, result
from customer_value.threads import sum_in_one_order
from customer_value.trials import method_names, read_trials

SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("method", pa.string()),
        ("setting", pa.string()),
        ("is_fitted_on", pa.bool_()),
        ("sample_number", pa.int64()),
        ("purchase_probability", pa.float64()),
    ]
)


def model(dbt, session):
    """One row per as-of date, method and customer fitted on or tested, by place in the sample."""
    sum_in_one_order()
    relation = dbt.ref("int_prediction_samples")
    dates = dbt.ref("int_prediction_dates")
    windows = dbt.ref("int_prediction_windows")
    features = dbt.ref("int_prediction_features")
    methods = dbt.ref("int_churn_methods")
    trials = read_trials(relation, dates, windows, features)
    tables = []
    for day, method, trial in trials.run(method_names(methods)):
        numbers = trials.samples[trials.trained[day]].number, trials.samples[day].number
        for is_fitted_on, number, probability in zip(
            (True, False), numbers, (trial.fitted, trial.tested), strict=True
        ):
            same = np.full(len(number), is_fitted_on)
            columns = method, trial.setting, same, number, probability
            tables.append(day_table(SCHEMA, day, *columns))
    return result(session, relation, SCHEMA, tables)
