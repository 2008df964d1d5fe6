"""What people do one after the other."""

import altair as alt
from report.figure import Column, Figure, Rows
from report.words import Words

QUERY = """
select
    step_number,
    from_event,
    to_event,
    session_count,
    share_of_step
from marts.rpt_paths
where step_number <= 4
order by step_number, session_count desc, from_event, to_event
"""


def finding(rows: Rows, words: Words) -> str:
    """The most usual first step, and what follows."""
    first = rows[0]
    count = sum(row["session_count"] for row in rows if row["step_number"] == 1)
    leaves = first["to_event"] == "left"
    then = "end there" if leaves else f"go on to {first['to_event']}"
    return (
        f"Of {words.count(count, 'visit')} {words.share(first['session_count'] / count)} begin "
        f"with {first['from_event']} and {then}."
    )


def draw(rows: Rows) -> alt.FacetChart:
    """A matrix per step."""
    most = max(row["session_count"] for row in rows)
    cells = alt.Chart().encode(
        x=alt.X("to_event:N", title="Then", axis=alt.Axis(labelAngle=-40)),
        y=alt.Y("from_event:N", title=None),
    )
    layers = alt.layer(
        cells.mark_rect().encode(
            color=alt.Color(
                "session_count:Q", scale=alt.Scale(range=["$least", "$middle", "$most"])
            )
        ),
        cells.mark_text(fontSize=10).encode(
            text=alt.Text("share_of_step:Q", format=".0%"),
            color=alt.condition(
                f"datum.session_count > {most / 2}",
                alt.value("$on-most"),
                alt.value("$on-least"),
            ),
        ),
        data=alt.NamedData("rows"),
    ).properties(height=150)
    return layers.facet(facet=alt.Facet("step_number:O", title="Step"), columns=2)


FIGURE = Figure(
    place=2,
    query=QUERY,
    columns={
        "step_number": Column("Step", "text"),
        "from_event": Column("Did"),
        "to_event": Column("Then"),
        "session_count": Column("Visits", "number"),
        "share_of_step": Column("Of those", "share"),
    },
    finding=finding,
    nothing="The shop has no events, so no path is known.",
    draw=draw,
    note=(
        "The same thing again is no new step. A cell says which share of those who did the one "
        "then did the other."
    ),
)
