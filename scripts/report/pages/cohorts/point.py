"""What one point of retention is worth."""

from report.figure import Column, Figure, Rows
from report.words import Words, plain


def finding(rows: Rows, words: Words) -> str:
    """Where one point more brings most."""
    known = [row for row in rows if row["point_amount"] is not None]
    if not known:
        return "What a point of retention is worth is not known of any group."
    first = max(known, key=lambda row: (row["point_amount"], row["rfm_group"]))
    return (
        f"If one in a hundred more of the {plain(first['rfm_group'])} came back, it would bring "
        f"{words.money(first['point_amount'])} within the horizon."
    )


FIGURE = Figure(
    place=3,
    shows="table",
    analysis="value_of_a_retention_point",
    columns={
        "rfm_group": Column("Group", "name"),
        "customer_count": Column("Customers", "number"),
        "earlier_customer_count": Column("In the group before", "number"),
        "returned_customer_count": Column("Bought since", "number"),
        "retention_rate": Column("Share who bought", "share"),
        "amount_per_returned_customer": Column("Revenue of each who bought", "money"),
        "point_amount": Column("One point more brings", "money"),
        "no_amount_reason": Column("Why no amount"),
    },
    finding=finding,
    nothing="No customer is in a group.",
    note="The horizon is prediction_horizon_days, 90 days if nothing else is set.",
)
