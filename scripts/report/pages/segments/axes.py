"""What the axes of the map are made of."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.pages.segments.profiles import chosen
from report.words import Words, plain

QUERY = """
select
    segmentation,
    component_number,
    case component_number when 1 then 'First component' else 'Second component' end as component,
    replace(feature, '_', ' ') as feature,
    feature_number,
    loading,
    variance_share
from marts.rpt_segment_components
where fitted_as_of = (select max(fitted_as_of) from marts.rpt_segment_components)
order by segmentation desc, component_number, feature_number
"""


def finding(rows: Rows, words: Words) -> str:
    """What the first axis is mostly, and how much both tell."""
    mine = [row for row in rows if row["segmentation"] == rows[0]["segmentation"]]
    first = [row for row in mine if row["component_number"] == 1]
    most = max(first, key=lambda row: (abs(row["loading"]), row["feature"]))
    told = {row["component_number"]: row["variance_share"] for row in mine}
    return (
        f"The map's first axis is mostly {plain(most['feature'])}; both axes together hold "
        f"{words.share(sum(told.values()))} of the differences between customers."
    )


def draw(rows: Rows) -> alt.Chart:
    """A bar per feature and axis."""
    return (
        picture()
        .add_params(chosen(rows))
        .transform_filter("datum.segmentation === segmentation")
        .mark_bar()
        .encode(
            x=alt.X("loading:Q", scale=alt.Scale(domain=[-1, 1]), title=None),
            y=alt.Y("feature:N", title=None, sort=alt.SortField("feature_number")),
            color=alt.condition("datum.loading > 0", alt.value("$above"), alt.value("$below")),
            facet=alt.Facet("component:N", columns=2, title=None),
        )
        .properties(height=alt.Step(22))
    )


FIGURE = Figure(
    place=4,
    query=QUERY,
    columns={
        "segmentation": Column("Segmentation"),
        "component": Column("Axis"),
        "feature": Column("Feature"),
        "loading": Column("Part in the axis", "number"),
        "variance_share": Column("Share of the differences", "share"),
        "feature_number": Column("Number of the feature", "number"),
    },
    finding=finding,
    nothing="There are no segments: no order has a customer who is known.",
    draw=draw,
    note="A customer with more of a feature above 0 stands further to the right, or up.",
)
