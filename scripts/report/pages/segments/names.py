"""The segments in words."""

from report.figure import Column, Figure, Rows
from report.words import Words

QUERY = """
select distinct
    segmentation,
    segment,
    segment_name,
    segment_sentence,
    customer_count,
    customer_share,
    revenue_amount,
    revenue_share
from marts.rpt_segment_profiles
where is_current
order by segmentation desc, segment
"""


def finding(rows: Rows, words: Words) -> str:
    """What the segment of the highest revenue is."""
    rows = [row for row in rows if row["segmentation"] == rows[0]["segmentation"]]
    first = max(rows, key=lambda row: (row["revenue_amount"], row["segment_name"]))
    return (
        f"The segment with the highest revenue is “{first['segment_name']}”: "
        f"{first['segment_sentence']}."
    )


FIGURE = Figure(
    place=2,
    shows="table",
    query=QUERY,
    columns={
        "segmentation": Column("Segmentation"),
        "segment_name": Column("Segment"),
        "segment_sentence": Column("Who they are"),
        "customer_count": Column("Customers", "number"),
        "customer_share": Column("Share of customers", "share"),
        "revenue_amount": Column("Revenue", "money"),
        "revenue_share": Column("Share of revenue", "share"),
    },
    finding=finding,
    nothing="There are no segments: no order has a customer who is known.",
)
