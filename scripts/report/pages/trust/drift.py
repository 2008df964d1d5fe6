"""What has changed since models were judged."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words, plain

SHOWN = 20
QUERY = f"""
select
    replace(subject, '_', ' ') || ': ' || replace(name, '_', ' ') as label,
    kind,
    stability_index,
    index_by_chance,
    has_drifted,
    backtest_mean,
    current_mean,
    count(*) filter (where has_drifted) over () as drifted_count,
    count(*) over () as compared_count
from marts.rpt_drift
where stability_index is not null
order by stability_index desc, label
limit {SHOWN}
"""


def finding(rows: Rows, words: Words) -> str:
    """How many features and scores have moved."""
    first = rows[0]
    said = (
        f"{words.number(first['drifted_count'])} of {words.number(first['compared_count'])} "
        "features and scores are distributed otherwise today than when the models were judged"
    )
    return f"{said}; {plain(first['label'])} moved most." if first["drifted_count"] else f"{said}."


def draw(rows: Rows) -> alt.Chart:
    """A bar per feature."""
    return (
        picture()
        .mark_bar()
        .encode(
            x=alt.X("stability_index:Q"),
            y=alt.Y(
                "label:N",
                sort=[row["label"] for row in rows],
                title=None,
                axis=alt.Axis(labelLimit=260),
            ),
            color=alt.condition("datum.has_drifted", alt.value("$worse"), alt.value("$unsure")),
        )
        .properties(height=20 * len(rows))
    )


FIGURE = Figure(
    place=3,
    query=QUERY,
    columns={
        "label": Column("Feature or score"),
        "kind": Column("Kind"),
        "stability_index": Column("Population stability index", "number"),
        "index_by_chance": Column("Index by chance", "number"),
        "has_drifted": Column("Has moved", "yes"),
        "backtest_mean": Column("Mean then", "number"),
        "current_mean": Column("Mean today", "number"),
    },
    finding=finding,
    nothing="No feature can be compared with a past date: the history is too short.",
    why="""
select no_index_reason
from marts.rpt_drift
where no_index_reason is not null
order by subject != 'customers', no_index_reason
limit 1
""",
    draw=draw,
    note="An orange bar has moved by more than the var drift_warning_level and more than chance.",
)
