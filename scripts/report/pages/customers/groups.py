"""RFM groups: their share of customers beside their share of revenue."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
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
    names = {"customer_share": "of customers", "revenue_share": "of revenue"}
    return (
        picture()
        .transform_fold(list(names), as_=["measure", "share"])
        .transform_calculate(
            measure="datum.measure === 'customer_share' ? 'of customers' : 'of revenue'"
        )
        .mark_bar()
        .encode(
            x=alt.X("share:Q", title="Share", axis=alt.Axis(format=".0%")),
            y=alt.Y("rfm_group:N", sort=[row["rfm_group"] for row in rows], title=None),
            yOffset=alt.YOffset("measure:N"),
            color=alt.Color(
                "measure:N",
                title="Share",
                scale=alt.Scale(domain=list(names.values()), range=["$customers", "$revenue"]),
            ),
        )
        .properties(height=28 * len(rows))
    )


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
