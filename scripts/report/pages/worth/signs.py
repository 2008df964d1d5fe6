"""Signs of leaving that customers show now."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words

QUERY = """
select meaning, count(*) as customer_count, min(signal) as signal
from marts.fct_churn_alerts
where is_current
group by meaning
order by customer_count desc, meaning
"""


def finding(rows: Rows, words: Words) -> str:
    """The most frequent sign."""
    return (
        f"The most frequent sign of leaving, shown now by "
        f"{words.count(rows[0]['customer_count'], 'customer')}: {rows[0]['meaning']}."
    )


def draw(rows: Rows) -> alt.Chart:
    """A bar per sign."""
    return (
        picture()
        .mark_bar(color="$customers")
        .encode(
            x=alt.X("customer_count:Q"),
            y=alt.Y("meaning:N", sort="-x", title=None, axis=alt.Axis(labelLimit=320)),
        )
        .properties(height=26 * len(rows))
    )


FIGURE = Figure(
    place=5,
    query=QUERY,
    columns={
        "meaning": Column("Sign: the customer"),
        "customer_count": Column("Customers", "number"),
        "signal": Column("Name in fct_churn_alerts"),
    },
    finding=finding,
    nothing="No customer shows a sign of leaving now.",
    draw=draw,
)
