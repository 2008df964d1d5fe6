"""The words of each review, in small letters without accents: what is learned from and compared."""

import pyarrow as pa
from customer_value.days import result
from customer_value.plain_text import plain_words, text_key

CHUNK = 100_000  # reviews at once
SCHEMA = pa.schema(
    [
        ("review_id", pa.string()),
        ("text_id", pa.string()),
        ("plain_text", pa.string()),
    ]
)


def model(dbt, session):
    """One row per review whose text says something."""
    relation = dbt.ref("stg_shop__reviews")
    given = relation.filter("review_text is not null").select("review_id, review_text")
    tables = []
    for batch in given.arrow().read_all().to_batches(max_chunksize=CHUNK):
        words = [plain_words(text) for text in batch["review_text"].to_pylist()]
        keys = [text_key(text) for text in words]
        columns = [batch["review_id"], pa.array(keys), pa.array(words)]
        table = pa.Table.from_arrays(columns, schema=SCHEMA)
        tables.append(table.filter(pa.array([text != "" for text in words], pa.bool_())))
    return result(SCHEMA, tables)
