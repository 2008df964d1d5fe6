"""How sure each number of segments is."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.pages.segments.profiles import chosen
from report.words import Words

QUERY = """
select
    segmentation,
    segment_count,
    stability,
    stability_bound,
    silhouette,
    is_stable,
    is_chosen,
    reason
from marts.fct_segment_candidates
where
    fitted_as_of = (select max(fitted_as_of) from marts.fct_segment_candidates)
    and method = 'k_means'
    and segment_count > 1
order by segmentation desc, segment_count
"""


def finding(rows: Rows, words: Words) -> str:
    """What was chosen and how stable it is."""
    mine = [row for row in rows if row["segmentation"] == rows[0]["segmentation"]]
    taken = next((row for row in mine if row["is_chosen"]), None)
    if taken is None or taken["stability"] is None:
        return "No number of segments above one was chosen."
    return (
        f"{words.number(taken['segment_count'])} segments were chosen: when customers are drawn "
        f"again they are found again with an adjusted Rand index of "
        f"{words.number(taken['stability'], 2)}, where 1 is the same and 0 is chance."
    )


def draw(rows: Rows) -> alt.LayerChart:
    """Stability and silhouette by the number of segments."""
    base = picture().transform_filter("datum.segmentation === segmentation")
    long = base.transform_fold(["stability", "silhouette"], as_=["measure", "value"])
    x = alt.X("segment_count:O", axis=alt.Axis(labelAngle=0))
    lines = long.mark_line(point=True).encode(
        x=x,
        y=alt.Y("value:Q", title="Stability, silhouette"),
        color=alt.Color(
            "measure:N",
            title="Measure",
            scale=alt.Scale(domain=["stability", "silhouette"], range=["$one", "$two"]),
        ),
        strokeDash=alt.StrokeDash("measure:N", legend=None),
    )
    marks = (
        long.transform_filter("datum.is_chosen")
        .mark_point(size=160, color="$ink")
        .encode(x=x, y=alt.Y("value:Q"))
    )
    return alt.layer(lines, marks).add_params(chosen(rows)).properties(height=240)


FIGURE = Figure(
    place=5,
    query=QUERY,
    columns={
        "segmentation": Column("Segmentation"),
        "segment_count": Column("Number of segments"),
        "stability": Column("Stability", "number"),
        "stability_bound": Column("Stability, lower bound", "number"),
        "silhouette": Column("Silhouette", "number"),
        "is_stable": Column("Stable", "yes"),
        "is_chosen": Column("Chosen", "yes"),
        "reason": Column("Reason"),
    },
    finding=finding,
    nothing="There are too few customers who differ to try two segments.",
    draw=draw,
    note="The chosen number has a ring. Stability must be at least .8 with 95 % confidence.",
)
