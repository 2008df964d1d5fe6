"""The linear models as coefficients, so that SQL applies them to all customers.

Fitted again as in ml_prediction_trials, with the setting that stands there: a fit takes
milliseconds, and is the same each time.
"""

import pyarrow as pa
from customer_value.linear_terms import terms
from customer_value.threads import sum_in_one_order
from customer_value.trials import TASKS, method_names, populations, read_settings, read_trials

SCHEMA = pa.schema(
    [
        ("task", pa.string()),
        ("as_of_date", pa.date32()),
        ("method", pa.string()),
        ("setting", pa.string()),
        ("term_number", pa.int32()),
        ("feature_number", pa.int32()),
        ("other_feature_number", pa.int32()),
        ("word", pa.string()),
        ("is_missing", pa.bool_()),
        ("coefficient", pa.float64()),
        ("center", pa.float64()),
        ("factor", pa.float64()),
        ("mean", pa.float64()),
        ("deviation", pa.float64()),
        ("fill", pa.float64()),
        ("other_mean", pa.float64()),
        ("other_deviation", pa.float64()),
        ("other_fill", pa.float64()),
    ]
)


def model(dbt, session):
    """One row per task, as-of date, method and term; term 0 is the base."""
    sum_in_one_order()
    relation = dbt.ref("int_prediction_samples")
    samples = populations(relation, dbt.ref("int_propensity_samples"))
    dates = dbt.ref("int_prediction_dates")
    windows = dbt.ref("int_prediction_windows")
    features = dbt.ref("int_prediction_features")
    methods = dbt.ref("int_prediction_methods").filter("is_linear")
    tried = dbt.ref("ml_prediction_trials")
    rows = []
    for task in TASKS:
        settings = read_settings(tried, task)
        trials = read_trials(task, samples, dates, windows, features)
        for method in method_names(methods, task):
            for day in sorted(trials.trained):
                setting, train = settings[day, method], trials.learned[day]
                predictor = trials.fit(day, method, setting)
                key = {"task": task, "as_of_date": day, "method": method, "setting": setting}
                rows += [key | term for term in terms(predictor, train.numbers, train.words)]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
