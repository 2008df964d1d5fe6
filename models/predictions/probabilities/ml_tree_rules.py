"""The decision tree of each published date leaf by leaf, fitted as in ml_prediction_trials."""

import pyarrow as pa
from customer_value.threads import sum_in_one_order
from customer_value.tree_rules import rules
from customer_value.trials import TASKS, populations, read_settings, read_trials

METHOD = "decision_tree"
SCHEMA = pa.schema(
    [
        ("task", pa.string()),
        ("as_of_date", pa.date32()),
        ("rule_number", pa.int32()),
        ("rule", pa.string()),
        ("depth", pa.int32()),
        ("customer_count", pa.int64()),
        ("purchase_rate", pa.float64()),
    ]
)


def model(dbt, session):
    """One row per task, published date and leaf of the decision tree."""
    sum_in_one_order()
    relation = dbt.ref("int_prediction_samples")
    samples = populations(relation, dbt.ref("int_propensity_samples"))
    dates = dbt.ref("int_prediction_dates").filter("is_published")
    windows = dbt.ref("int_prediction_windows")
    features = dbt.ref("int_prediction_features").order("is_number desc, feature_number")
    tried = dbt.ref("ml_prediction_trials")
    described = features.arrow().read_all().to_pylist()
    rows = []
    for task in (name for name, one in TASKS.items() if not one.is_amount):
        settings = read_settings(tried, task)
        trials = read_trials(task, samples, dates, windows, features)
        names = [
            (row["feature"], row["scale"])
            for row in described
            if row["population"] == TASKS[task].population
        ]
        for day in sorted(trials.trained):
            if (day, METHOD) in settings:
                train = trials.learned[day]
                tree = trials.fit(day, METHOD, settings[day, METHOD])
                matrix = tree.encoder.transform(train.numbers, train.words)
                leaves = rules(tree, names, matrix, train.outcome, task == "churn")
                rows += [{"task": task, "as_of_date": day} | leaf for leaf in leaves]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
