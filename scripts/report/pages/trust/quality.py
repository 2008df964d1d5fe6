"""Columns of the shop's files with gaps or faults."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words

SHOWN = 25
QUERY = f"""
select
    table_name || '.' || column_name as column_name,
    row_count,
    null_share,
    invalid_share,
    outlier_share,
    greatest(coalesce(null_share, 0), coalesce(invalid_share, 0)) as worst_share
from marts.rpt_data_quality
where row_count > 0 and (null_share > 0 or invalid_share > 0) and coalesce(null_share, 0) < 1
order by worst_share desc, column_name
limit {SHOWN}
"""


def finding(rows: Rows, words: Words) -> str:
    """The column with the largest gap."""
    first = rows[0]
    return (
        f"The column with the largest gap is {first['column_name']}: "
        f"{words.share(first['worst_share'])} of its values are missing or cannot be read."
    )


def draw(rows: Rows) -> alt.Chart:
    """Bars of what is missing and what cannot be read."""
    names = ["missing", "cannot be read"]
    return (
        picture()
        .transform_fold(["null_share", "invalid_share"], as_=["measure", "share"])
        .transform_calculate(
            measure=f"datum.measure === 'null_share' ? '{names[0]}' : '{names[1]}'"
        )
        .mark_bar()
        .encode(
            x=alt.X("share:Q", title="Share of values", axis=alt.Axis(format=".0%")),
            y=alt.Y(
                "column_name:N",
                sort=[row["column_name"] for row in rows],
                title=None,
                axis=alt.Axis(labelLimit=260),
            ),
            yOffset=alt.YOffset("measure:N", sort=names),
            color=alt.Color(
                "measure:N",
                title="Values",
                scale=alt.Scale(domain=names, range=["$unsure", "$worse"]),
            ),
        )
        .properties(height=22 * len(rows))
    )


FIGURE = Figure(
    place=2,
    query=QUERY,
    columns={
        "column_name": Column("Column"),
        "row_count": Column("Rows", "number"),
        "null_share": Column("Missing", "share"),
        "invalid_share": Column("Cannot be read", "share"),
        "outlier_share": Column("Far outside", "share"),
    },
    finding=finding,
    nothing="No column that the shop gives has a gap or a value that cannot be read.",
    draw=draw,
    note="Columns that the shop does not have are left out.",
)
