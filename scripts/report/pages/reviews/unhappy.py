"""Valuable customers who are unhappy."""

from report.figure import Column, Figure, Rows
from report.words import Words


def finding(rows: Rows, words: Words) -> str:
    """How many, and the first of them."""
    customers = {row["customer_id"] for row in rows}
    first = rows[0]
    return (
        f"Valuable customers who complained: {words.number(len(customers))}. First "
        f"{first['customer_id']}, who has brought {words.money(first['monetary_amount'])}."
    )


FIGURE = Figure(
    place=4,
    shows="table",
    analysis="unhappy_valuable_customers",
    columns={
        "customer_id": Column("Customer"),
        "rfm_group": Column("Group", "name"),
        "monetary_amount": Column("Revenue", "money"),
        "reviewed_at": Column("Reviewed", "time"),
        "rating": Column("Stars", "number"),
        "product_name": Column("Product"),
        "topic": Column("What of"),
        "churn_probability": Column("Probability of no purchase", "share"),
    },
    finding=finding,
    nothing="No valuable customer complains.",
)
