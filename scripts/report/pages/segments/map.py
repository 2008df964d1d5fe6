"""Customers on a map whose axes are the two principal components."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.pages.segments.profiles import chosen
from report.words import Words

QUERY = """
select segmentation, customer_id, segment, segment_name, first_component, second_component
from marts.fct_segment_map
order by segmentation desc, segment, customer_id
"""


def finding(rows: Rows, words: Words) -> str:
    """How many customers are drawn, and where the first segment stands."""
    drawn = [row for row in rows if row["segmentation"] == rows[0]["segmentation"]]
    means: dict[str, list[float]] = {}
    for row in drawn:
        means.setdefault(row["segment_name"], []).append(float(row["first_component"]))
    sides = sorted(means, key=lambda name: (sum(means[name]) / len(means[name]), name))
    said = f"{words.number(len(drawn))} customers on a map"
    if len(sides) == 1:
        return f"{said}: they are one segment."
    return f"{said}: “{sides[0]}” is on the left, “{sides[-1]}” on the right."


def draw(rows: Rows) -> alt.Chart:
    """A dot per customer."""
    return (
        picture()
        .add_params(chosen(rows))
        .transform_filter("datum.segmentation === segmentation")
        .mark_point(filled=True, size=22, opacity=0.75)
        .encode(
            x=alt.X("first_component:Q"),
            y=alt.Y("second_component:Q"),
            color=alt.Color("segment_name:N", sort=alt.SortField("segment")),
            shape=alt.Shape("segment_name:N", sort=alt.SortField("segment")),
        )
        .properties(height=380)
    )


FIGURE = Figure(
    place=3,
    query=QUERY,
    columns={
        "segmentation": Column("Segmentation"),
        "customer_id": Column("Customer"),
        "segment_name": Column("Segment"),
        "first_component": Column("First component", "number"),
        "second_component": Column("Second component", "number"),
        "segment": Column("Number of the segment", "number"),
    },
    finding=finding,
    nothing="There are no segments: no order has a customer who is known.",
    draw=draw,
    note=(
        "At most 1,000 customers, drawn by a hash. The axes are the two directions in which "
        "customers differ most; the next picture says what they are made of."
    ),
)
