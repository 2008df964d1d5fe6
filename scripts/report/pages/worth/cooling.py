"""Champions that are cooling."""

from report.figure import Column, Figure, Rows
from report.words import Words


def finding(rows: Rows, words: Words) -> str:
    """How many, and the first of them."""
    first = rows[0]
    return (
        f"Champions who cool: {words.number(len(rows))}{' or more' * (len(rows) >= 100)}. First "
        f"{first['customer_id']}: {first['what_changed']}."
    )


FIGURE = Figure(
    place=6,
    shows="table",
    analysis="cooling_champions",
    columns={
        "customer_id": Column("Customer"),
        "monetary_amount": Column("Revenue", "money"),
        "frequency": Column("Purchases", "number"),
        "recency_days": Column("Days since the last", "number"),
        "signal_count": Column("Signs", "number"),
        "what_changed": Column("What changed"),
        "churn_probability": Column("Probability of no purchase", "share"),
    },
    finding=finding,
    nothing="No champion shows a sign of leaving.",
)
