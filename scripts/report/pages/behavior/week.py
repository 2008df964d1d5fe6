"""When people buy."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words

QUERY = """
select weekday_number, weekday, hour_number, purchase_count, net_amount, visit_count
from marts.rpt_calendar
where exists (select 1 from marts.rpt_calendar where purchase_count > 0)
order by weekday_number, hour_number
"""


def finding(rows: Rows, words: Words) -> str:
    """The busiest day and hour."""
    total = sum(row["purchase_count"] for row in rows)
    days = {row["weekday"]: 0 for row in rows}
    hours = {row["hour_number"]: 0 for row in rows}
    for row in rows:
        days[row["weekday"]] += row["purchase_count"]
        hours[row["hour_number"]] += row["purchase_count"]
    day, hour = max(days, key=days.get), max(hours, key=hours.get)
    if hours.get(0) == total:
        return f"Most purchases fall on {day.capitalize()}; the shop does not say at which hour."
    return (
        f"Most purchases fall on {day.capitalize()} ({words.share(days[day] / total)}), and on the "
        f"hour from {hour}:00 ({words.share(hours[hour] / total)})."
    )


def draw(rows: Rows) -> alt.Chart:
    """A cell per hour of the week."""
    return (
        picture()
        .mark_rect()
        .encode(
            x=alt.X("hour_number:O", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("weekday:N", sort=[row["weekday"] for row in rows], title=None),
            color=alt.Color(
                "purchase_count:Q", scale=alt.Scale(range=["$least", "$middle", "$most"])
            ),
        )
        .properties(height=180, usermeta={"least_width": 520})
    )


FIGURE = Figure(
    place=3,
    query=QUERY,
    columns={
        "weekday": Column("Weekday"),
        "hour_number": Column("Hour", "text"),
        "purchase_count": Column("Purchases", "number"),
        "net_amount": Column("Net revenue", "money"),
        "visit_count": Column("Visits", "number"),
    },
    finding=finding,
    nothing="The shop has no purchases.",
    draw=draw,
    note="Hours are those of the shop's own clock.",
)
