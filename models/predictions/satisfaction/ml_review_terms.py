"""The words and pairs of words of the texts that are learned from, and what they weigh."""

import numpy as np
import pyarrow as pa
from customer_value.days import result
from customer_value.sentiment import Side, Words, document_counts
from customer_value.threads import sum_in_one_order

EVERYDAY_SHARE = 0.05  # a word in more of all reviews is about nothing in particular
SCHEMA = pa.schema(
    [
        ("term_number", pa.int32()),
        ("term", pa.string()),
        ("is_everyday", pa.bool_()),
        ("text_count", pa.int64()),
        ("positive_count", pa.int64()),
        ("negative_count", pa.int64()),
        ("coefficient", pa.float64()),
    ]
)


def term_table(texts: list[str], positive: np.ndarray, negative: np.ndarray) -> pa.Table:
    """One row per term of the texts.

    Parameters
    ----------
    texts : list of str
        Different texts.
    positive, negative : np.ndarray
        How many reviews with that text had four or five stars, and one or two.
    """
    words = Words()
    counts = words.fit(texts)
    side = Side().fit(counts, positive, negative)
    has = (counts > 0).astype(np.int64).T
    good, ill = has @ positive, has @ negative
    shares = (good + ill) / max(positive.sum() + negative.sum(), 1)
    everyday = {
        name for name, share in zip(words.names, shares, strict=True) if share > EVERYDAY_SHARE
    }
    weights = np.zeros(len(words.names))
    weights[side.kept] = side.weights
    columns = [
        pa.array(np.arange(1, len(words.names) + 1), pa.int32()),
        pa.array(words.names, pa.string()),
        pa.array([everyday.issuperset(name.split(" ")) for name in words.names], pa.bool_()),
        pa.array(document_counts(counts), pa.int64()),
        pa.array(good, pa.int64()),
        pa.array(ill, pa.int64()),
        pa.array(weights, pa.float64()),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def model(dbt, session):
    """One row per term of the texts that are learned from as of today."""
    sum_in_one_order()
    relation = dbt.ref("int_review_samples")
    current = dbt.ref("int_review_dates").filter("is_current and is_scored")
    days = current.select("as_of_date").arrow().read_all()["as_of_date"].to_pylist()
    tables = []
    for day in days:
        rows = relation.filter(f"as_of_date = date '{day}'").order("plain_text").arrow().read_all()
        positive, negative = rows["positive_count"].to_numpy(), rows["negative_count"].to_numpy()
        tables.append(term_table(rows["plain_text"].to_pylist(), positive, negative))
    return result(SCHEMA, tables)
