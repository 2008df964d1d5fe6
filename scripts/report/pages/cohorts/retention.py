"""The retention triangle."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words

COHORTS = 18
QUERY = f"""
select
    cohort_month,
    month_number,
    cohort_size,
    customer_count,
    retention_rate,
    is_complete,
    sum(customer_count) filter (where is_complete) over by_number
        / nullif(sum(cohort_size) filter (where is_complete) over by_number, 0) as mean_rate
from marts.rpt_cohort_retention
where
    month_number between 1 and {COHORTS}
    and cohort_month >= date_trunc('month', cast($as_of_date as date)) - interval {COHORTS} month
window by_number as (partition by month_number)
order by cohort_month, month_number
"""


def finding(rows: Rows, words: Words) -> str:
    """How many come back in the first month, on average and lately."""
    first = [row for row in rows if row["month_number"] == 1 and row["is_complete"]]
    if not first:
        return "No cohort has a whole month behind its first one yet."
    last = first[-1]
    return (
        f"{words.share(first[0]['mean_rate'])} of new customers bought again in the month after "
        f"their first purchase; of {words.number(last['cohort_size'])} who came in "
        f"{words.month(last['cohort_month'])} it was "
        f"{words.share(last['retention_rate'])}."
    )


def draw(rows: Rows) -> alt.LayerChart:
    """A cell per cohort and month; a month that is not over has a dashed frame."""
    half = max(row["retention_rate"] for row in rows) / 2
    cells = picture().encode(
        x=alt.X("month_number:O", axis=alt.Axis(labelAngle=0)),
        y=alt.Y(
            "cohort_month:O", timeUnit="yearmonth", axis=alt.Axis(format="%b %Y", formatType="time")
        ),
    )
    whole = "datum.is_complete"
    return alt.layer(
        cells.transform_filter(whole)
        .mark_rect()
        .encode(
            color=alt.Color(
                "retention_rate:Q",
                scale=alt.Scale(range=["$least", "$middle", "$most"], domainMin=0),
            )
        ),
        cells.transform_filter(f"!{whole}").mark_rect(
            filled=False, stroke="$quiet", strokeDash=[3, 3]
        ),
        cells.mark_text(fontSize=10).encode(
            text=alt.Text("retention_rate:Q", format=".0%"),
            color=alt.condition(
                f"{whole} && datum.retention_rate > {half}",
                alt.value("$on-most"),
                alt.value("$on-least"),
            ),
        ),
    ).properties(
        height=22 * len({row["cohort_month"] for row in rows}), usermeta={"least_width": 620}
    )


FIGURE = Figure(
    place=1,
    query=QUERY,
    columns={
        "cohort_month": Column("Month of the first purchase", "month"),
        "month_number": Column("Months after", "text"),
        "cohort_size": Column("New customers", "number"),
        "customer_count": Column("Bought in that month", "number"),
        "retention_rate": Column("Share who bought", "share"),
        "is_complete": Column("Month is over", "yes"),
    },
    finding=finding,
    nothing="No customer's first purchase is a month old, so nobody can have come back.",
    draw=draw,
    note=(
        "A row is a month's new customers. A cell with a dashed frame is a month that is not "
        "over, and will still grow."
    ),
)
