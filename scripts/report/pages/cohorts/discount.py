"""Who came for a discount and stayed."""

from report.figure import Column, Figure, Rows
from report.words import Words


def finding(rows: Rows, words: Words) -> str:
    """Who stays most."""
    first = max(rows, key=lambda row: (row["return_rate"], row["came_with"]))
    came = "at full price" if first["came_with"] == "full price" else f"with {first['came_with']}"
    return (
        f"Of {words.count(first['customer_count'], 'customer')} whose first purchase was "
        f"{came}, {words.share(first['return_rate'])} bought again."
    )


FIGURE = Figure(
    place=4,
    shows="table",
    analysis="discounted_first_purchases",
    columns={
        "came_with": Column("First purchase with"),
        "customer_count": Column("Customers", "number"),
        "returned_customer_count": Column("Bought again", "number"),
        "full_price_customer_count": Column("At full price", "number"),
        "return_rate": Column("Share who bought again", "share"),
        "full_price_rate": Column("Share at full price", "share"),
        "amount_per_customer": Column("Net revenue of each", "money"),
    },
    finding=finding,
    nothing="No first purchase is old enough to tell who stayed.",
)
