"""The last thirty days beside the thirty before."""

from report.figure import Column, Figure, Rows
from report.words import Words

DAYS = 30
QUERY = f"""
with lines as (
    select *, ordered_at >= cast($as_of_date as date) - {DAYS} as is_now
    from core.fct_order_lines
    where
        ordered_at < cast($as_of_date as date)
        and ordered_at >= cast($as_of_date as date) - {2 * DAYS}
),
measures as (
    select
        is_now,
        count(distinct customer_id) filter (where gross_amount > 0) as customers,
        count(distinct order_id) filter (where gross_amount > 0) as purchases,
        coalesce(sum(net_amount), 0) as net_amount,
        coalesce(sum(returned_amount), 0) as returned_amount
    from lines
    group by 1
),
long as (
    select
        1 as place,
        'Customers who bought' as measure,
        'number' as kind,
        is_now,
        customers as value
    from measures
    union all
    select 2, 'Purchases', 'number', is_now, purchases from measures
    union all
    select 3, 'Net revenue', 'money', is_now, net_amount from measures
    union all
    select 4, 'Returned', 'money', is_now, returned_amount from measures
)
select
    measure,
    kind,
    coalesce(sum(value) filter (where is_now), 0) as now,
    coalesce(sum(value) filter (where not is_now), 0) as before
from long
group by place, measure, kind
order by place
"""


def finding(rows: Rows, words: Words) -> str:
    """What happened to the number of purchases and to revenue."""
    told = {row["measure"]: row for row in rows}
    purchases, revenue = told["Purchases"], told["Net revenue"]
    return (
        f"In the last {DAYS} days customers made {words.count(purchases['now'], 'purchase')}, "
        f"{words.change(purchases['now'], purchases['before'])}; net revenue was "
        f"{words.money(revenue['now'])}, {words.change(revenue['now'], revenue['before'])}."
    )


FIGURE = Figure(
    place=1,
    shows="tiles",
    query=QUERY,
    columns={
        "measure": Column("Measure"),
        "now": Column(f"Last {DAYS} days", "number"),
        "before": Column(f"The {DAYS} days before", "number"),
    },
    finding=finding,
    nothing=f"No order line was accepted in the last {2 * DAYS} days.",
    note=(
        "Guests' purchases are among the purchases. Net revenue is gross revenue less discounts "
        "and what was returned in these days."
    ),
)
