"""Stars and complaints by month."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words

QUERY = """
select
    review_month,
    review_count,
    average_rating,
    complaint_count,
    complaint_share,
    is_complete
from marts.rpt_satisfaction_trend
where level = 'shop'
order by review_month
"""


def finding(rows: Rows, words: Words) -> str:
    """The last whole month beside all months."""
    whole = [row for row in rows if row["is_complete"]] or rows
    last = whole[-1]
    reviews = sum(row["review_count"] for row in rows)
    complaints = sum(row["complaint_count"] or 0 for row in rows)
    said = f"Of {words.number(reviews)} reviews {words.share(complaints / reviews)} complain"
    if last["complaint_share"] is None:
        return f"{said}."
    return (
        f"{said}; in {words.month(last['review_month'])} it was "
        f"{words.share(last['complaint_share'])} of {words.number(last['review_count'])}."
    )


def draw(rows: Rows) -> alt.Chart:
    """Bars of the share of complaints, pale where the month is not over."""
    return (
        picture()
        .mark_bar(color="$returned", width={"band": 0.8})
        .encode(
            x=alt.X("review_month:T", timeUnit="yearmonth"),
            y=alt.Y("complaint_share:Q", axis=alt.Axis(format=".0%")),
            opacity=alt.condition("datum.is_complete", alt.value(1), alt.value(0.45)),
        )
        .properties(height=220)
    )


FIGURE = Figure(
    place=1,
    query=QUERY,
    columns={
        "review_month": Column("Month", "month"),
        "review_count": Column("Reviews", "number"),
        "average_rating": Column("Mean stars", "number"),
        "complaint_count": Column("Complaints", "number"),
        "complaint_share": Column("Share of complaints", "share"),
        "is_complete": Column("Month is over", "yes"),
    },
    finding=finding,
    nothing="The shop has no reviews.",
    draw=draw,
    note="A pale month is not over.",
)
