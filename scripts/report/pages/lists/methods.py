"""Which methods could propose products."""

from report.figure import Column, Figure, Rows
from report.words import Words, listed, plain

QUERY = """
select
    replace(method, '_', ' ') as method,
    listed_customer_count,
    product_count,
    candidate_count,
    reason_for_none
from marts.rpt_recommendation_methods
where as_of_date = (select max(as_of_date) from marts.rpt_recommendation_methods)
order by candidate_count desc, method
"""


def finding(rows: Rows, words: Words) -> str:
    """How many methods propose something, and which do not."""
    silent = [plain(row["method"]) for row in rows if row["reason_for_none"]]
    said = f"{words.number(len(rows) - len(silent))} methods propose products"
    return f"{said}; none come from {listed(silent)}." if silent else f"{said}."


FIGURE = Figure(
    place=2,
    shows="table",
    query=QUERY,
    columns={
        "method": Column("Method"),
        "listed_customer_count": Column("Customers with proposals", "number"),
        "product_count": Column("Products that are proposed", "number"),
        "candidate_count": Column("Proposals", "number"),
        "reason_for_none": Column("Why none"),
    },
    finding=finding,
    nothing="No method could propose a product.",
)
