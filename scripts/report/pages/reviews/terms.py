"""The words that complaints have more often than praise."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words, listed

SHOWN = 15
QUERY = f"""
select term, complaint_count, author_count, surprise, term_rank
from marts.rpt_complaint_terms
where level = 'shop' and not is_everyday and term_rank <= {SHOWN}
order by term_rank
"""


def finding(rows: Rows, words: Words) -> str:
    """The first three words."""
    quoted = [f"“{row['term']}”" for row in rows[:3]]
    return f"The words that set complaints apart most: {listed(quoted)}."


def draw(rows: Rows) -> alt.Chart:
    """A bar per word."""
    return (
        picture()
        .mark_bar(color="$returned")
        .encode(
            x=alt.X("complaint_count:Q"),
            y=alt.Y("term:N", sort=alt.SortField("term_rank"), title=None),
        )
        .properties(height=20 * len(rows))
    )


FIGURE = Figure(
    place=2,
    query=QUERY,
    columns={
        "term": Column("Word"),
        "complaint_count": Column("Complaints with it", "number"),
        "author_count": Column("Customers who use it", "number"),
        "surprise": Column("Standard errors above chance", "number"),
        "term_rank": Column("Rank", "number"),
    },
    finding=finding,
    nothing="There are too few complaints with a text to find their words.",
    why="select min(no_terms_reason) from marts.rpt_satisfaction where level = 'shop'",
    draw=draw,
)
