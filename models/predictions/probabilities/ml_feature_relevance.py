"""How much each number tells about who buys, as of each published date.

All is measured in the windows that were learned from: information gain and correlation on their
sample, and by how much the served method's Brier score rises when a number is shuffled. For that
the method is fitted on one half of the sample and tried on the other.
"""

import numpy as np
import pyarrow as pa
from customer_value.predictors import Predictor
from customer_value.relevance import (
    correlation,
    mutual_information,
    permutation_importances,
    weights,
)
from customer_value.threads import sum_in_one_order
from customer_value.trials import (
    TASKS,
    Trials,
    method_parts,
    populations,
    read_settings,
    read_trials,
)

SHUFFLED_CUSTOMERS = 1_000  # at most: the order of features does not change with more
SCHEMA = pa.schema(
    [
        ("task", pa.string()),
        ("as_of_date", pa.date32()),
        ("feature", pa.string()),
        ("information_gain", pa.float64()),
        ("relevance_weight", pa.float64()),
        ("correlation", pa.float64()),
        ("method", pa.string()),
        ("permutation_importance", pa.float64()),
    ]
)


def importances(task: str, parts: dict[str, str], sample, names: list[str]) -> np.ndarray | None:
    """The permutation importances of a method's numbers; None where it is not one of Python's.

    Parameters
    ----------
    task : str
        A name of TASKS.
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
        Predictor(TASKS[task], method, setting, names).fit(
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


def relevance(task: str, trials: Trials, champion: dict, parts: dict[str, str]) -> list[dict]:
    """The rows of one date, one per number.

    Parameters
    ----------
    task : str
        A name of TASKS.
    trials : Trials
        What `read_trials` gives.
    champion : dict
        as_of_date, and the method that is served.
    parts : dict
        What `method_parts` gives of it.
    """
    sample = trials.learned[champion["as_of_date"]]
    columns = list(sample.numbers.T)
    gains = np.array([mutual_information(column, sample.outcome) for column in columns])
    shuffled = importances(task, parts, sample, trials.names)
    sign = -1 if task == "churn" else 1  # who churns does not buy
    rows = []
    for k, (name, weight) in enumerate(zip(trials.names, weights(gains), strict=True)):
        related = sign * correlation(columns[k], sample.outcome)
        rows.append(
            {
                "task": task,
                "as_of_date": champion["as_of_date"],
                "feature": name,
                "information_gain": float(gains[k]),
                "relevance_weight": float(weight),
                "correlation": None if np.isnan(related) else related,
                "method": champion["method"],
                "permutation_importance": None if shuffled is None else float(shuffled[k]),
            }
        )
    return rows


def model(dbt, session):
    """One row per task, published date and number."""
    sum_in_one_order()
    relation = dbt.ref("int_prediction_samples")
    samples = populations(relation, dbt.ref("int_propensity_samples"))
    dates = dbt.ref("int_prediction_dates").filter("is_published")
    windows = dbt.ref("int_prediction_windows")
    features = dbt.ref("int_prediction_features")
    champions = dbt.ref("int_prediction_champions").order("as_of_date").arrow().read_all()
    tried = dbt.ref("ml_prediction_trials")
    rows = []
    for task in (name for name, one in TASKS.items() if not one.is_amount):
        settings = read_settings(tried, task)
        trials = read_trials(task, samples, dates, windows, features)
        for champion in champions.to_pylist():
            if champion["task"] == task:
                parts = method_parts(champion["as_of_date"], champion["method"], settings)
                rows += relevance(task, trials, champion, parts)
    return pa.Table.from_pylist(rows, schema=SCHEMA)
