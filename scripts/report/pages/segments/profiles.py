"""What sets each segment apart."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words, plain

QUERY = """
select
    segmentation,
    segment,
    segment_name,
    replace(feature, '_', ' ') as feature,
    feature_number,
    deviations_from_all,
    feature_mean,
    feature_median,
    customer_count,
    customer_share
from marts.rpt_segment_profiles
where is_current
order by segmentation desc, segment, feature_number
"""


def finding(rows: Rows, words: Words) -> str:
    """Which segment differs most from all, and in what."""
    rows = [row for row in rows if row["segmentation"] == rows[0]["segmentation"]]
    far = max(rows, key=lambda row: (abs(row["deviations_from_all"]), row["segment_name"]))
    count = len({row["segment"] for row in rows})
    if count == 1:
        return f"By {plain(far['segmentation'])} all customers are one segment."
    return (
        f"By {plain(far['segmentation'])} there are {words.number(count)} segments; furthest from "
        f"all customers is “{far['segment_name']}”, with "
        f"{words.share(far['customer_share'])} of them and {plain(far['feature'])} "
        f"{words.number(abs(far['deviations_from_all']), 1)} standard deviations "
        f"{'above' if far['deviations_from_all'] > 0 else 'below'} the mean."
    )


def chosen(rows: Rows) -> alt.Parameter:
    """A choice among the shop's segmentations."""
    options = list(dict.fromkeys(row["segmentation"] for row in rows))
    return alt.param(
        "segmentation",
        value=options[0],
        bind=alt.binding_select(options=options, name="Segmentation "),
    )


def draw(rows: Rows) -> alt.Chart:
    """Small multiples: a picture per segment, a bar per feature."""
    far = max(abs(row["deviations_from_all"]) for row in rows)
    return (
        picture()
        .add_params(chosen(rows))
        .transform_filter("datum.segmentation === segmentation")
        .mark_bar()
        .encode(
            x=alt.X(
                "deviations_from_all:Q",
                scale=alt.Scale(domain=[-float(far), float(far)]),
                title=None,
            ),
            y=alt.Y("feature:N", title=None, sort=alt.SortField("feature_number")),
            color=alt.condition(
                "datum.deviations_from_all > 0", alt.value("$above"), alt.value("$below")
            ),
            facet=alt.Facet("segment_name:N", columns=3, title=None),
        )
        .properties(height=alt.Step(22))
        .resolve_scale(y="shared")
    )


FIGURE = Figure(
    place=1,
    query=QUERY,
    columns={
        "segmentation": Column("Segmentation"),
        "segment_name": Column("Segment"),
        "feature": Column("Feature"),
        "deviations_from_all": Column("Deviations from all", "number"),
        "feature_mean": Column("Mean", "number"),
        "feature_median": Column("Median", "number"),
        "customer_count": Column("Customers", "number"),
        "customer_share": Column("Share of customers", "share"),
        "feature_number": Column("Number of the feature", "number"),
    },
    finding=finding,
    nothing="There are no segments: no order has a customer who is known.",
    draw=draw,
    note=(
        "Bars are standard deviations from the mean of all customers, of the features' logarithms, "
        "on which segments are fitted."
    ),
)
