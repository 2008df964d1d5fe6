"""Where customers stand in their lives."""

import altair as alt
from report.figure import Column, Figure, Rows, paired_bars
from report.words import Words, plain

QUERY = """
select
    replace(lifecycle.lifecycle_stage, '_', ' ') as stage,
    count(*) as customer_count,
    sum(rfm.monetary_amount) as revenue_amount,
    count(*) / sum(count(*)) over () as customer_share,
    coalesce(sum(rfm.monetary_amount) / nullif(sum(sum(rfm.monetary_amount)) over (), 0), 0)
        as revenue_share,
    median(lifecycle.recency_days) as recency_days
from marts.fct_customer_lifecycle as lifecycle
inner join marts.fct_customer_rfm as rfm using (as_of_date, customer_id)
where lifecycle.is_current
group by lifecycle.lifecycle_stage
order by customer_count desc, stage
"""


def finding(rows: Rows, words: Words) -> str:
    """The largest stage, and who is late."""
    first = rows[0]
    late = sum(row["customer_count"] for row in rows if row["stage"] in ("cooling", "lapsed"))
    customers = sum(row["customer_count"] for row in rows)
    return (
        f"Most customers are {plain(first['stage'])} ({words.share(first['customer_share'])}); "
        f"{words.number(late)} of {words.number(customers)} have stayed away longer than usual."
    )


def draw(rows: Rows) -> alt.Chart:
    """Customers beside revenue."""
    shares = {"customer_share": "Customers", "revenue_share": "Revenue so far"}
    return paired_bars(rows, "stage", shares, ("$customers", "$revenue"), 34)


FIGURE = Figure(
    place=5,
    query=QUERY,
    columns={
        "stage": Column("Stage"),
        "customer_count": Column("Customers", "number"),
        "revenue_amount": Column("Revenue so far", "money"),
        "customer_share": Column("Share of customers", "share"),
        "revenue_share": Column("Share of revenue", "share"),
        "recency_days": Column("Days since the last purchase, median", "number"),
    },
    finding=finding,
    nothing="No customer has bought, so nobody has a stage.",
    draw=draw,
    note=(
        "The stages are those of the seed lifecycle_stages; lateness is measured in each "
        "customer's own usual gap."
    ),
)
