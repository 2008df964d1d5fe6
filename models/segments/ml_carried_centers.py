"""The centers that another shop fitted, from what `make freeze` wrote; nothing is learned here."""

import pyarrow as pa
from customer_value.carried import read_segments

SCHEMA = pa.schema(
    [
        ("segmentation", pa.string()),
        ("log_means", pa.list_(pa.float64())),
        ("log_deviations", pa.list_(pa.float64())),
        ("centers", pa.list_(pa.list_(pa.float64()))),
        ("components", pa.list_(pa.list_(pa.float64()))),
        ("component_shares", pa.list_(pa.float64())),
    ]
)


def model(dbt, session):
    """One row per segmentation of the other shop; none without the var carried_fit."""
    features = dbt.ref("int_segment_features")
    path = dbt.config.meta_get("carried_fit")
    rows = read_segments(path, dbt.ref("rpt_shop"), features) if path else []
    return pa.Table.from_pylist(rows, schema=SCHEMA)
