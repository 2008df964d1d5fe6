"""Rows that were rejected, by reason."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words

SHOWN = 12
QUERY = """
select
    table_name,
    reason,
    row_count,
    row_share,
    table_name || ': ' || reason as label
from marts.rpt_rejections
where reason != 'accepted'
order by row_count desc, table_name, reason
"""


def finding(rows: Rows, words: Words) -> str:
    """How many rows do not count, and mostly why."""
    first = rows[0]
    count = sum(row["row_count"] for row in rows)
    return (
        f"Of the shop's files {words.count(count, 'row')} did not count; the most frequent reason "
        f"is that of {words.count(first['row_count'], 'row')} of {first['table_name']}: "
        f"{first['reason']}."
    )


def draw(rows: Rows) -> alt.Chart:
    """A bar per reason."""
    return (
        picture()
        .transform_window(place="row_number()", sort=[alt.SortField("row_count", "descending")])
        .transform_filter(f"datum.place <= {SHOWN}")
        .mark_bar(color="$returned")
        .encode(
            x=alt.X("row_count:Q"),
            y=alt.Y("label:N", sort="-x", title=None, axis=alt.Axis(labelLimit=320)),
        )
        .properties(height=22 * min(SHOWN, len(rows)))
    )


FIGURE = Figure(
    place=3,
    query=QUERY,
    columns={
        "table_name": Column("Table"),
        "reason": Column("Reason"),
        "row_count": Column("Rows", "number"),
        "row_share": Column("Share of the table's rows", "share"),
        "label": Column("Table and reason"),
    },
    finding=finding,
    nothing="Every row of the shop's files was accepted.",
    draw=draw,
    note=(
        "A rejected row counts nowhere. It is kept with its reason in the build file, in "
        "restricted.fct_rejected_rows."
    ),
)
