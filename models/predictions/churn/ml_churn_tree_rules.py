"""The decision tree of each published date leaf by leaf, fitted as in ml_prediction_trials."""

import pyarrow as pa
from customer_value.days import result
from customer_value.threads import sum_in_one_order
from customer_value.tree_rules import rules
from customer_value.trials import read_settings, read_trials

TASK = "churn"
METHOD = "decision_tree"
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("rule_number", pa.int32()),
        ("rule", pa.string()),
        ("depth", pa.int32()),
        ("customer_count", pa.int64()),
        ("churn_rate", pa.float64()),
    ]
)


def model(dbt, session):
    """One row per published date and leaf of the decision tree."""
    sum_in_one_order()
    relation = dbt.ref("int_prediction_samples")
    dates = dbt.ref("int_prediction_dates").filter("is_published")
    windows = dbt.ref("int_prediction_windows")
    features = dbt.ref("int_prediction_features")
    settings = read_settings(dbt.ref("ml_prediction_trials"), TASK)
    trials = read_trials(TASK, relation, dates, windows, features)
    named = features.order("is_number desc, feature_number").arrow().read_all().to_pylist()
    names = [(row["feature"], row["scale"]) for row in named]
    rows = []
    for day, trained in sorted(trials.trained.items()):
        if (day, METHOD) in settings:
            train = trials.samples[trained]
            tree = trials.fit(day, METHOD, settings[day, METHOD])
            matrix = tree.encoder.transform(train.numbers, train.words)
            leaves = rules(tree, names, matrix, train.outcome)
            rows += [{"as_of_date": day} | leaf for leaf in leaves]
    return result(session, relation, SCHEMA, [pa.Table.from_pylist(rows, schema=SCHEMA)])
