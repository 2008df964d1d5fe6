"""What people search for."""

from report.figure import Column, Figure, Rows
from report.words import Words

QUERY = """
select
    search_term,
    is_told,
    session_count,
    customer_count,
    found_share,
    bought_share
from marts.rpt_search_terms
where is_told
order by session_count desc, search_term
limit 20
"""


def finding(rows: Rows, words: Words) -> str:
    """The usual term, and the one after which least is bought."""
    first = rows[0]
    least = min(rows, key=lambda row: (row["bought_share"], row["search_term"]))
    visits = words.count(first["session_count"], "visit")
    return (
        f"Most search for “{first['search_term']}” ({visits}); of these {len(rows)} terms "
        f"“{least['search_term']}” ends in an order least often "
        f"({words.share(least['bought_share'])})."
    )


FIGURE = Figure(
    place=4,
    shows="table",
    query=QUERY,
    columns={
        "search_term": Column("Searched for"),
        "session_count": Column("Visits", "number"),
        "customer_count": Column("Customers", "number"),
        "found_share": Column("Looked at something", "share"),
        "bought_share": Column("Ordered", "share"),
    },
    finding=finding,
    nothing="No term was searched for by three people or more.",
    note="Terms that fewer have typed are told together in rpt_search_terms.",
)
