"""Columns of the shop's files with gaps or faults."""

import altair as alt
from report.figure import Column, Figure, Rows, paired_bars
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
    shares = {"null_share": "missing", "invalid_share": "cannot be read"}
    return paired_bars(rows, "column_name", shares, ("$unsure", "$worse"), 22)


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
