"""Which terms stand in which texts that complain."""

import numpy as np
import pyarrow as pa
from customer_value.days import result
from customer_value.sentiment import Words, chunks

SCHEMA = pa.schema([("text_number", pa.int32()), ("term_number", pa.int32())])


def model(dbt, session):
    """One row per text that complains and term in it."""
    relation = dbt.ref("int_complaint_texts")
    known = dbt.ref("int_known_terms").order("term").arrow().read_all()
    rows = relation.order("text_number").arrow().read_all()
    terms = known["term_number"].to_numpy()
    numbers, texts = rows["text_number"].to_numpy(), rows["plain_text"].to_pylist()
    words = Words().known(known["term"].to_pylist())
    tables, start = [], 0
    for chunk in chunks(texts):
        counts = words.counts(chunk).tocoo()
        order = np.lexsort((counts.col, counts.row))
        columns = [numbers[start + counts.row[order]], terms[counts.col[order]]]
        tables.append(pa.Table.from_arrays([pa.array(part) for part in columns], schema=SCHEMA))
        start += len(chunk)
    return result(SCHEMA, tables)
