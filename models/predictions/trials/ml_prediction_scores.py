"""The champion's scores of all customers, where SQL cannot apply it: trees, forests and the like.

The method is fitted again as in ml_prediction_trials, with the setting that stands there, and
applied to the customers of the date, or their products, in batches.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from customer_value.carried import register
from customer_value.days import day_table, matrix, result
from customer_value.threads import sum_in_one_order
from customer_value.trials import (
    TASKS,
    champion_predictors,
    populations,
    read_settings,
    read_trials,
)

READ = 250_000  # rows
BATCH = 50_000  # of them
SCHEMA = pa.schema(
    [
        ("task", pa.string()),
        ("as_of_date", pa.date32()),
        ("customer_id", pa.string()),
        ("product_id", pa.string()),
        ("prediction", pa.float64()),
    ]
)


def model(dbt, session):
    """One row per task and published date whose champion SQL cannot apply, customer and product."""
    sum_in_one_order()
    register(dbt.config.meta_get("carried_fit"), dbt.ref("rpt_shop"))
    relation = dbt.ref("int_prediction_samples")
    samples = populations(relation, dbt.ref("int_propensity_samples"))
    points = populations(dbt.ref("int_prediction_points"), dbt.ref("int_propensity_points"))
    dates = dbt.ref("int_prediction_dates")
    windows = dbt.ref("int_prediction_windows")
    features = dbt.ref("int_prediction_features")
    champions = dbt.ref("int_prediction_champions").filter("not is_sql")
    tried = dbt.ref("ml_prediction_trials")
    tables = []
    wanted = champions.select("task, as_of_date, method").order("task, as_of_date")
    for row in wanted.arrow().read_all().to_pylist():
        task, day, method = row["task"], row["as_of_date"], row["method"]
        trials = read_trials(task, samples, dates, windows, features)
        parts = champion_predictors(trials, day, method, read_settings(tried, task))
        population = TASKS[task].population
        product = "cast(null as string) as" if population == "customers" else ""
        rows = points[population].filter(f"as_of_date = date '{day}'")
        numbered = rows.select("sample_number").arrow().read_all()["sample_number"]
        # not all at once, or all would be sorted, and be there as DuckDB's and as Arrow's rows
        for first in range(1, (pc.max(numbered).as_py() or 0) + 1, READ):
            table = (
                rows.filter(f"sample_number between {first} and {first + READ - 1}")
                # a row's place in its batch decides the last digit of a linear method's sum
                .order("sample_number")
                .select(
                    f"customer_id, {product} product_id, cast(numbers as double[]) as numbers, "
                    "words"
                )
                .arrow()
                .read_all()
                .combine_chunks()
            )
            for batch in table.to_batches(BATCH):
                numbers = matrix(batch["numbers"])
                words = matrix(batch["words"])
                scores = np.mean([part.predict(numbers, words) for part in parts], axis=0)
                ids = (batch[name].cast(pa.string()) for name in ("customer_id", "product_id"))
                tables.append(day_table(SCHEMA, task, day, *ids, scores))
    return result(SCHEMA, tables)
