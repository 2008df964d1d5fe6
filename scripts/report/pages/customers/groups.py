"""RFM groups: their share of customers beside their share of revenue."""

import altair as alt
from report.figure import Column, Figure, Rows, paired_bars
from report.words import Words, plain

QUERY = """
select
    replace(rfm_group, '_', ' ') as rfm_group,
    customer_count,
    customer_share,
    revenue_amount,
    revenue_share,
    average_recency_days,
    average_frequency
from marts.rpt_rfm_segments
where is_current
order by revenue_amount desc, rfm_group
"""


def finding(rows: Rows, words: Words) -> str:
    """What the group with the highest revenue brings."""
    first = rows[0]
    said = (
        f"The group {plain(first['rfm_group'])} holds "
        f"{words.share(first['customer_share'])} of the customers and "
    )
    if first["revenue_share"] is None:
        return f"{said}brought {words.money(first['revenue_amount'])}."
    return f"{said}brought {words.share(first['revenue_share'])} of their revenue."


def draw(rows: Rows) -> alt.Chart:
    """Two bars per group."""
    shares = {"customer_share": "of customers", "revenue_share": "of revenue"}
    return paired_bars(rows, "rfm_group", shares, ("$customers", "$revenue"), 28)


FIGURE = Figure(
    place=1,
    query=QUERY,
    columns={
        "rfm_group": Column("Group"),
        "customer_count": Column("Customers", "number"),
        "customer_share": Column("Share of customers", "share"),
        "revenue_amount": Column("Revenue", "money"),
        "revenue_share": Column("Share of revenue", "share"),
        "average_recency_days": Column("Days since the last purchase", "number"),
        "average_frequency": Column("Purchases", "number"),
    },
    finding=finding,
    nothing="No order has a customer who is known, so there are no groups of customers.",
    draw=draw,
    note=(
        "Groups follow from when a customer bought last, how often, and for how much. Averages "
        "are per customer."
    ),
)
