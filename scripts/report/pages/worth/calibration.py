"""Whether as many customers left as was foretold."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words

QUERY = """
with served as (
    select as_of_date, min(method) as method
    from marts.fct_customer_churn
    where not is_current and method is not null
    group by as_of_date
    order by as_of_date desc
    limit 1
)
select
    calibration.group_number as tenth,
    calibration.predicted_rate,
    calibration.actual_rate,
    calibration.customer_count,
    calibration.as_of_date
from marts.rpt_churn_calibration as calibration
inner join served using (as_of_date, method)
where calibration.group_kind = 'decile'
order by tenth
"""


def finding(rows: Rows, words: Words) -> str:
    """What was foretold and what followed, over all."""
    count = sum(row["customer_count"] for row in rows)
    told, came = (
        float(sum(row[name] * row["customer_count"] for row in rows) / count)
        for name in ("predicted_rate", "actual_rate")
    )
    return (
        f"As of {words.day(rows[0]['as_of_date'])} it was foretold that {words.share(told)} of "
        f"{words.number(count)} customers would buy nothing; {words.share(came)} did not."
    )


def draw(rows: Rows) -> alt.LayerChart:
    """Ten dots beside the line on which foretold and actual shares are the same."""
    line = (
        alt.Chart(alt.InlineData([{"at": 0}, {"at": 1}]))
        .mark_line(color="$rule", strokeDash=[4, 4])
        .encode(x=alt.X("at:Q"), y=alt.Y("at:Q"))
    )
    dots = (
        picture()
        .mark_point(filled=True, size=90, color="$model")
        .encode(x=alt.X("predicted_rate:Q"), y=alt.Y("actual_rate:Q"))
    )
    return alt.layer(dots, line).properties(height=320)


FIGURE = Figure(
    place=3,
    query=QUERY,
    columns={
        "tenth": Column("Tenth of customers"),
        "predicted_rate": Column("Foretold share who buy nothing", "share"),
        "actual_rate": Column("Actual share who bought nothing", "share"),
        "customer_count": Column("Customers", "number"),
    },
    finding=finding,
    nothing="No probability of leaving was made as of a past date, so none can be checked.",
    why="select min(no_score_reason) from marts.fct_customer_churn",
    draw=draw,
    note="Each dot is a tenth of the customers, by probability. On the dashed line it was right.",
)
