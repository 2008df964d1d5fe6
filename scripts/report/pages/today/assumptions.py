"""What was assumed where rows can be read in two ways."""

from report.figure import Column, Figure, Rows
from report.words import Words


def finding(rows: Rows, words: Words) -> str:
    """How many readings were taken, and the most frequent one."""
    first = rows[0]
    return (
        f"Some rows can be read in two ways; the most frequent reading, for "
        f"{words.count(first['row_count'], 'row')} of {first['table_name']}, is: "
        f"{first['assumption']}."
    )


FIGURE = Figure(
    place=4,
    shows="table",
    query="""
select table_name, assumption, row_count
from marts.rpt_assumptions
where row_count > 0
order by row_count desc, table_name, assumption
""",
    columns={
        "table_name": Column("Table"),
        "assumption": Column("Reading that was taken"),
        "row_count": Column("Rows", "number"),
    },
    finding=finding,
    nothing="No row of the shop's files had to be read in one of two ways.",
)
