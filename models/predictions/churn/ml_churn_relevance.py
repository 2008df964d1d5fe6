"""How much each number tells about who comes back, as of each published date.

All is measured in the window that was learned from: information gain and correlation on its sample,
and by how much the served method's Brier score rises when a number is shuffled. For that the method
is fitted on one half of the sample and tried on the other.
"""

import numpy as np
import pyarrow as pa
from customer_value.days import result
from customer_value.predictors import Predictor
from customer_value.relevance import (
    correlation,
    mutual_information,
    permutation_importances,
    weights,
)
from customer_value.threads import sum_in_one_order
from customer_value.trials import TASKS, method_parts, read_settings, read_trials

TASK = "churn"
SHUFFLED_CUSTOMERS = 1_000  # at most: the order of features does not change with more
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("feature", pa.string()),
        ("information_gain", pa.float64()),
        ("relevance_weight", pa.float64()),
        ("correlation", pa.float64()),
        ("method", pa.string()),
        ("permutation_importance", pa.float64()),
    ]
)


def importances(parts: dict[str, str], sample, names: list[str]) -> np.ndarray | None:
    """The permutation importances of a method's numbers; None where it is not one of Python's.

    Parameters
    ----------
    parts : dict
        {method: setting} of the methods whose mean it is.
    sample : Sample
        The customers that are learned from.
    names : list of str
        The numbers' names.
    """
    if not parts:
        return None
    halves = np.arange(len(sample.number)) % 2 == 0
    fitted = [
        Predictor(TASKS[TASK], method, setting, names).fit(
            sample.numbers[halves], sample.words[halves], sample.outcome[halves]
        )
        for method, setting in parts.items()
    ]
    others = np.flatnonzero(~halves)
    others = others[np.random.default_rng(0).permutation(len(others))][:SHUFFLED_CUSTOMERS]
    words = sample.words[others]
    return permutation_importances(
        lambda numbers: np.mean([one.predict(numbers, words) for one in fitted], axis=0),
        sample.numbers[others],
        sample.outcome[others],
    )


def model(dbt, session):
    """One row per published date and number."""
    sum_in_one_order()
    relation = dbt.ref("int_prediction_samples")
    dates = dbt.ref("int_prediction_dates").filter("is_published")
    windows = dbt.ref("int_prediction_windows")
    features = dbt.ref("int_prediction_features")
    champions = dbt.ref("int_prediction_champions").filter(f"task = '{TASK}'").order("as_of_date")
    settings = read_settings(dbt.ref("ml_prediction_trials"), TASK)
    trials = read_trials(TASK, relation, dates, windows, features)
    rows = []
    for champion in champions.arrow().read_all().to_pylist():
        day, method = champion["as_of_date"], champion["method"]
        sample = trials.samples[trials.trained[day]]
        columns = list(sample.numbers.T)
        gains = np.array([mutual_information(column, sample.outcome) for column in columns])
        shuffled = importances(method_parts(day, method, settings), sample, trials.names)
        for k, (name, weight) in enumerate(zip(trials.names, weights(gains), strict=True)):
            related = -correlation(columns[k], sample.outcome)
            rows.append(
                {
                    "as_of_date": day,
                    "feature": name,
                    "information_gain": float(gains[k]),
                    "relevance_weight": float(weight),
                    "correlation": None if np.isnan(related) else related,
                    "method": method,
                    "permutation_importance": None if shuffled is None else float(shuffled[k]),
                }
            )
    return result(session, relation, SCHEMA, [pa.Table.from_pylist(rows, schema=SCHEMA)])
