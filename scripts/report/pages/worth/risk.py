"""Customers by their risk of leaving, with the value that is at stake."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words

QUERY = """
select
    churn.risk_level,
    case churn.risk_level when 'high' then 1 when 'medium' then 2 else 3 end as place,
    count(*) as customer_count,
    avg(churn.churn_probability) as churn_rate,
    sum(value.net_amount) as net_amount,
    sum(value.expected_value_365_days) as expected_amount
from marts.fct_customer_churn as churn
left join marts.fct_customer_lifetime_value as value
    on churn.customer_id = value.customer_id and churn.as_of_date = value.as_of_date
where churn.is_current and churn.churn_probability is not null
group by churn.risk_level
order by place
"""


def finding(rows: Rows, words: Words) -> str:
    """How many customers are at high risk and what they have brought."""
    customers = sum(row["customer_count"] for row in rows)
    high = [row for row in rows if row["risk_level"] == "high"]
    if not high:
        return f"None of {words.number(customers)} customers is at high risk of leaving."
    said = (
        f"{words.number(high[0]['customer_count'])} of {words.number(customers)} customers are at "
        f"high risk of leaving"
    )
    if high[0]["net_amount"] is None:
        return f"{said}."
    return f"{said}; they have brought {words.money(high[0]['net_amount'])} so far."


def draw(rows: Rows) -> alt.Chart:
    """A bar of customers per level."""
    order = [row["risk_level"] for row in rows]
    base = picture().encode(y=alt.Y("risk_level:N", sort=order))
    return alt.layer(
        base.mark_bar(color="$customers").encode(x=alt.X("customer_count:Q")),
        base.mark_text(align="left", dx=4).encode(
            x=alt.X("customer_count:Q"), text=alt.Text("churn_rate:Q", format=".0%")
        ),
    ).properties(height=34 * len(rows))


FIGURE = Figure(
    place=1,
    query=QUERY,
    columns={
        "risk_level": Column("Risk"),
        "customer_count": Column("Customers", "number"),
        "churn_rate": Column("Mean probability of no purchase", "share"),
        "net_amount": Column("Net revenue so far", "money"),
        "expected_amount": Column("Expected in a year", "money"),
    },
    finding=finding,
    nothing="No customer has a probability of leaving.",
    why="select min(no_score_reason) from marts.fct_customer_churn where is_current",
    draw=draw,
    note="Beside each bar is the mean probability that a customer buys nothing within the horizon.",
)
