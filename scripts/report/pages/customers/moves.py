"""How customers moved between groups since the last first of a month."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words, plain

QUERY = """
with dates as (
    select max(as_of_date) as from_date
    from marts.fct_customer_rfm
    where
        not is_current
        and day(as_of_date) = 1
        and as_of_date <= cast($as_of_date as date) - 15
),
before as (
    select customer_id, rfm_group, as_of_date
    from marts.fct_customer_rfm
    where as_of_date = (select from_date from dates) and not is_current
),
current as (
    select customer_id, rfm_group, monetary_amount
    from marts.fct_customer_rfm
    where is_current
)
select
    before.as_of_date as from_date,
    replace(before.rfm_group, '_', ' ') as from_group,
    replace(current.rfm_group, '_', ' ') as to_group,
    count(*) as customer_count,
    sum(current.monetary_amount) as revenue_amount,
    before.rfm_group != current.rfm_group as has_moved
from before
inner join current using (customer_id)
group by all
order by customer_count desc, from_group, to_group
"""


def finding(rows: Rows, words: Words) -> str:
    """How many changed their group, and the largest move."""
    moved = [row for row in rows if row["has_moved"]]
    since = words.day(rows[0]["from_date"])
    customers = sum(row["customer_count"] for row in rows)
    if not moved:
        return f"Since {since} none of {words.number(customers)} customers changed their group."
    first = moved[0]
    count = sum(row["customer_count"] for row in moved)
    return (
        f"Since {since} {words.number(count)} of {words.number(customers)} customers changed their "
        f"group; most moved from {plain(first['from_group'])} to {plain(first['to_group'])} "
        f"({words.number(first['customer_count'])})."
    )


def draw(rows: Rows) -> alt.LayerChart:
    """A matrix from group to group; who stayed is left out of the colors."""
    most = max((row["customer_count"] for row in rows if row["has_moved"]), default=1)
    cells = picture().encode(
        x=alt.X("to_group:N", axis=alt.Axis(labelAngle=-40)), y=alt.Y("from_group:N")
    )
    moved = alt.Color(
        "customer_count:Q",
        scale=alt.Scale(domain=[0, most], range=["$least", "$middle", "$most"], clamp=True),
        legend=alt.Legend(title="Customers who moved"),
    )
    return alt.layer(
        cells.transform_filter("datum.has_moved").mark_rect().encode(color=moved),
        cells.transform_filter("!datum.has_moved").mark_rect(color="$even"),
        cells.mark_text().encode(
            text=alt.Text("customer_count:Q"),
            color=alt.condition(
                f"datum.has_moved && datum.customer_count > {most / 2}",
                alt.value("$on-most"),
                alt.value("$on-least"),
            ),
        ),
    ).properties(height=300, usermeta={"least_width": 520})


FIGURE = Figure(
    place=3,
    query=QUERY,
    columns={
        "from_group": Column("Group then"),
        "to_group": Column("Group now"),
        "customer_count": Column("Customers", "number"),
        "revenue_amount": Column("Their revenue so far", "money"),
        "has_moved": Column("Changed", "yes"),
    },
    finding=finding,
    nothing="No customer was known a month ago, so nobody can have moved.",
    draw=draw,
    note="A row is the group of that day, a column that of today. Grey cells are who stayed.",
)
