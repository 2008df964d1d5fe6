"""What a customer has brought so far, by cohort."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words

QUARTERS = 8
QUERY = f"""
with cells as (
    select
        cast(date_trunc('quarter', cohort_month) as date) as cohort_quarter,
        cohort_month,
        month_number,
        cohort_size,
        net_amount,
        is_complete
    from marts.rpt_cohort_retention
    where
        cohort_month >= date_trunc('quarter', cast($as_of_date as date))
            - interval {3 * QUARTERS - 3} month
),
sizes as (
    select cohort_quarter, sum(cohort_size) as cohort_size, count(*) as cohort_count
    from cells
    where month_number = 0
    group by all
),
-- a quarter's month is shown when all its cohorts have it whole
months as (
    select
        cells.cohort_quarter,
        cells.month_number,
        sizes.cohort_size,
        sum(cells.net_amount) as net_amount
    from cells
    inner join sizes using (cohort_quarter)
    where cells.is_complete
    group by cells.cohort_quarter, cells.month_number, sizes.cohort_size, sizes.cohort_count
    having count(*) = sizes.cohort_count
)
select
    year(cohort_quarter) || ' Q' || quarter(cohort_quarter) as cohort,
    month_number,
    cohort_size,
    sum(net_amount) over (
        partition by cohort_quarter
        order by month_number
        rows between unbounded preceding and current row
    ) as net_amount,
    sum(net_amount) over (
        partition by cohort_quarter
        order by month_number
        rows between unbounded preceding and current row
    ) / cohort_size as amount_per_customer
from months
order by cohort, month_number
"""


def finding(rows: Rows, words: Words) -> str:
    """What the oldest cohort that is shown has brought, beside its first month."""
    oldest = [row for row in rows if row["cohort"] == rows[0]["cohort"]]
    first, last = oldest[0], oldest[-1]
    return (
        f"A customer who came in {first['cohort']} brought "
        f"{words.money(first['amount_per_customer'])} in the first month and "
        f"{words.money(last['amount_per_customer'])} within "
        f"{words.number(last['month_number'] + 1)} months."
    )


def draw(rows: Rows) -> alt.Chart:
    """A line per cohort."""
    return (
        picture()
        .mark_line(point=True)
        .encode(
            x=alt.X("month_number:Q", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("amount_per_customer:Q"),
            color=alt.Color("cohort:N"),
        )
        .properties(height=260)
    )


FIGURE = Figure(
    place=2,
    query=QUERY,
    columns={
        "cohort": Column("Quarter of the first purchase"),
        "month_number": Column("Months after the first", "number"),
        "cohort_size": Column("New customers", "number"),
        "net_amount": Column("Net revenue so far", "money"),
        "amount_per_customer": Column("Net revenue per customer", "money"),
    },
    finding=finding,
    nothing="No quarter of first purchases is over, so no cohort can be shown.",
    draw=draw,
    note="Only months that are over for all customers of a quarter are shown.",
)
