"""Customers who are overdue by their own rhythm."""

from report.figure import Column, Figure, Rows
from report.words import Words


def finding(rows: Rows, words: Words) -> str:
    """How many, and the first of them."""
    first = rows[0]
    return (
        f"Customers to remind: {words.number(len(rows))}{' or more' * (len(rows) >= 100)}. First "
        f"{first['customer_id']}, who usually buys every {words.number(first['average_gap_days'])} "
        f"days and last did on {words.day(first['last_purchase_date'])}."
    )


FIGURE = Figure(
    place=7,
    shows="table",
    analysis="overdue_customers",
    columns={
        "customer_id": Column("Customer"),
        "last_purchase_date": Column("Last purchase", "day"),
        "average_gap_days": Column("Usually every … days", "number"),
        "overdue_days": Column("Days overdue", "number"),
        "expected_spend_amount": Column("Expected spend", "money"),
        "churn_probability": Column("Probability of no purchase", "share"),
        "offered_product_name": Column("Offer"),
        "offer_reason": Column("Why"),
    },
    finding=finding,
    nothing="No customer is overdue by their own rhythm.",
    why="select min(no_date_reason) from marts.fct_customer_next_order where is_current",
)
