"""How well each text speaks, as of today and the backtests, by two regressions and two rules.

A text that is learned from is scored by a fit that does not know it, so that its score says as much
as that of any other text.
"""

import numpy as np
import pyarrow as pa
from customer_value.days import day_table, days, result
from customer_value.sentiment import Texts, read_texts
from customer_value.threads import sum_in_one_order

SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("text_id", pa.string()),
        ("is_learned_from", pa.bool_()),
        ("words", pa.float64()),
        ("characters", pa.float64()),
        ("words_and_characters", pa.float64()),
        ("one_word", pa.float64()),
        ("text_length", pa.float64()),
    ]
)


def columns(scores) -> list[pa.Array]:
    """The scores as nullable columns, in the schema's order."""
    return [pa.array(np.asarray(values), from_pandas=True) for values in scores]


def model(dbt, session):
    """One row per as-of date and text."""
    sum_in_one_order()
    samples = dbt.ref("int_review_samples")
    targets = dbt.ref("int_review_targets")
    tables = []
    for day in days(samples):
        of_day = f"as_of_date = date '{day}'"
        given = samples.filter(of_day).order("plain_text").arrow().read_all()
        others = targets.filter(of_day).order("plain_text").arrow().read_all()
        texts = Texts(
            given["plain_text"].to_pylist(),
            given["positive_count"].to_numpy(),
            given["negative_count"].to_numpy(),
            given["fold"].to_numpy(),
        )
        held_out, scored = read_texts(texts, others["plain_text"].to_pylist())
        for rows, scores, is_learned_from in ((given, held_out, True), (others, scored, False)):
            ids = rows["text_id"].to_pylist()
            tables.append(day_table(SCHEMA, day, ids, is_learned_from, *columns(scores)))
    return result(SCHEMA, tables)
