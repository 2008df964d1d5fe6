"""How far visits go."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words

QUERY = """
select slice_value, step_number, step, session_count, share_of_step_before, share_of_visits
from marts.rpt_funnel
where slice = 'all visits'
order by step_number
"""


def finding(rows: Rows, words: Words) -> str:
    """Where most leave."""
    lost = min(rows[1:], key=lambda row: (row["share_of_step_before"] or 0, row["step_number"]))
    before = rows[lost["step_number"] - 2]
    share, visits = rows[-1]["share_of_visits"], words.count(rows[0]["session_count"], "visit")
    return (
        f"{words.share(share)} of {visits} end in an order; most are lost between {before['step']} "
        f"and {lost['step']}, which {words.share(lost['share_of_step_before'] or 0)} of them pass."
    )


def draw(rows: Rows) -> alt.LayerChart:
    """A bar per step."""
    bars = picture().encode(
        y=alt.Y("step:N", sort=[row["step"] for row in rows], title=None),
        x=alt.X("session_count:Q"),
    )
    return alt.layer(
        bars.mark_bar(color="$customers"),
        bars.mark_text(align="left", dx=4).encode(
            text=alt.Text("share_of_visits:Q"), color=alt.value("$ink")
        ),
    ).properties(height=140)


FIGURE = Figure(
    place=1,
    query=QUERY,
    columns={
        "step": Column("Step"),
        "session_count": Column("Visits that went so far", "number"),
        "share_of_step_before": Column("Of the step before", "share"),
        "share_of_visits": Column("Of all visits", "share"),
    },
    finding=finding,
    nothing="The shop has no events, so it is not known how far visits go.",
    draw=draw,
    note="rpt_funnel has the same by channel, category and week.",
)
