"""Net revenue and returns by month."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words

MONTHS = 24
AXIS = "Net revenue; returned below 0"
QUERY = f"""
select
    sales_month,
    sum(net_amount) as net_amount,
    -sum(returned_amount) as returned_amount,
    sum(gross_amount) as gross_amount,
    sum(discount_amount) as discount_amount,
    sales_month + interval 1 month <= cast($as_of_date as date) as is_complete
from marts.rpt_sales
where sales_month < cast($as_of_date as date)
group by sales_month
order by sales_month desc
limit {MONTHS}
"""


def finding(rows: Rows, words: Words) -> str:
    """The last whole month beside the one before, and whether a month is not over."""
    whole = [row for row in rows if row["is_complete"]]
    open_month = (
        "" if rows[0]["is_complete"] else f" {words.month(rows[0]['sales_month'])} is not over."
    )
    if not whole:
        return (
            f"{words.month(rows[0]['sales_month'])} is the only month so far, and it is not over."
        )
    last = whole[0]
    said = (
        f"Net revenue in {words.month(last['sales_month'])} was {words.money(last['net_amount'])}"
    )
    if len(whole) > 1:
        before = whole[1]
        when = f"in {words.month(before['sales_month'])}"
        said += f", {words.change(last['net_amount'], before['net_amount'], when)}"
    return f"{said}.{open_month}"


def draw(rows: Rows) -> alt.LayerChart:
    """Bars upwards for what came in, downwards for what went back."""
    x = alt.X("sales_month:T", timeUnit="yearmonth")
    pale = alt.condition("datum.is_complete", alt.value(1), alt.value(0.45))
    bars = picture().mark_bar(width={"band": 0.8})
    return alt.layer(
        bars.encode(
            x=x, y=alt.Y("net_amount:Q", title=AXIS), color=alt.value("$revenue"), opacity=pale
        ),
        bars.encode(
            x=x,
            y=alt.Y("returned_amount:Q", title=AXIS),
            color=alt.value("$returned"),
            opacity=pale,
        ),
    ).properties(height=240)


FIGURE = Figure(
    place=2,
    query=QUERY,
    columns={
        "sales_month": Column("Month", "month"),
        "net_amount": Column("Net revenue", "money"),
        "returned_amount": Column("Returned", "money"),
        "gross_amount": Column("Gross revenue", "money"),
        "discount_amount": Column("Discounts", "money"),
        "is_complete": Column("Month is over", "yes"),
    },
    finding=finding,
    nothing="No order line was accepted, so there is no revenue to show.",
    draw=draw,
    note=f"The last {MONTHS} months. A pale month is not over.",
)
