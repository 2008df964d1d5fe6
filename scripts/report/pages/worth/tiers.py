"""Value tiers: how many customers hold how much of the expected value."""

import altair as alt
from report.figure import Column, Figure, Rows, paired_bars
from report.words import Words

QUERY = """
select
    value_tier,
    count(*) as customer_count,
    count(*) / sum(count(*)) over () as customer_share,
    sum(expected_value_365_days) as expected_amount,
    sum(expected_value_365_days)
        / nullif(sum(sum(expected_value_365_days)) over (), 0) as expected_share,
    sum(net_amount) as net_amount
from marts.fct_customer_lifetime_value
where
    as_of_date = cast($as_of_date as date)
    and value_tier is not null
    and expected_value_365_days is not null
group by value_tier
order by case value_tier when 'top' then 1 when 'high' then 2 when 'medium' then 3 else 4 end
"""


def finding(rows: Rows, words: Words) -> str:
    """How much of next year's value the first tier holds."""
    first = rows[0]
    if first["expected_share"] is None:
        return "Customers are expected to bring nothing within a year."
    return (
        f"The {first['value_tier']} tier is {words.share(first['customer_share'])} of the "
        f"customers and {words.share(first['expected_share'])} of what all are expected to bring "
        "within a year."
    )


def draw(rows: Rows) -> alt.Chart:
    """Two bars per tier."""
    shares = {"customer_share": "of customers", "expected_share": "of expected value"}
    return paired_bars(rows, "value_tier", shares, ("$customers", "$revenue"), 34)


FIGURE = Figure(
    place=4,
    query=QUERY,
    columns={
        "value_tier": Column("Value tier"),
        "customer_count": Column("Customers", "number"),
        "customer_share": Column("Share of customers", "share"),
        "expected_amount": Column("Expected within a year", "money"),
        "expected_share": Column("Share of what is expected", "share"),
        "net_amount": Column("Net revenue so far", "money"),
    },
    finding=finding,
    nothing="No customer has an expected value.",
    why="""
select coalesce(min(value_reason_365_days), min(purchases_reason_365_days))
from marts.fct_customer_lifetime_value
where as_of_date = cast($as_of_date as date)
""",
    draw=draw,
)
