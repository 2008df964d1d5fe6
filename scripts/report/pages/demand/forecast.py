"""Units sold by week, and those that are expected."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words

WEEKS = 78
QUERY = f"""
select
    week_start_date,
    is_forecast,
    unit_count,
    forecast_units,
    low_units,
    high_units
from marts.rpt_demand_history
where level = 'shop'
order by week_start_date desc
limit {WEEKS}
"""


def finding(rows: Rows, words: Words) -> str:
    """What is expected, beside as many weeks before."""
    ahead = [row for row in rows if row["is_forecast"] and row["forecast_units"] is not None]
    past = [row for row in rows if not row["is_forecast"]]
    if not ahead:
        return "There is no forecast for the shop's weeks ahead."
    expected = sum(row["forecast_units"] for row in ahead)
    before = sum(row["unit_count"] or 0 for row in past[: len(ahead)])
    return (
        f"{words.number(expected)} units are expected to be sold in the next "
        f"{words.number(len(ahead))} weeks, {words.change(expected, before)}."
    )


def draw(rows: Rows) -> alt.LayerChart:
    """A line of the past, one of the future, and the band that holds it in eight cases of ten."""
    x = alt.X("week_start_date:T")
    known = picture().transform_filter("!datum.is_forecast")
    ahead = picture().transform_filter("datum.is_forecast")
    return alt.layer(
        ahead.mark_area(opacity=0.25, color="$two").encode(
            x=x, y=alt.Y("low_units:Q", title="Units"), y2=alt.Y2("high_units:Q")
        ),
        known.mark_line(color="$one").encode(x=x, y=alt.Y("unit_count:Q", title="Units")),
        ahead.mark_line(color="$two", strokeDash=[5, 3], point=True).encode(
            x=x, y=alt.Y("forecast_units:Q", title="Units")
        ),
    ).properties(height=260)


FIGURE = Figure(
    place=1,
    query=QUERY,
    columns={
        "week_start_date": Column("Week from", "day"),
        "is_forecast": Column("Forecast", "yes"),
        "unit_count": Column("Units sold", "number"),
        "forecast_units": Column("Units expected", "number"),
        "low_units": Column("Low end", "number"),
        "high_units": Column("High end", "number"),
    },
    finding=finding,
    nothing="No product was sold, so there is no demand to show.",
    why="select min(no_forecast_reason) from marts.fct_product_demand_forecast",
    draw=draw,
    note=(
        "The dashed line is the sum of the products' forecasts. The true number is expected to be "
        "within the band in eight weeks of ten."
    ),
)
