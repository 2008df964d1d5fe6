"""After which first product customers come back."""

from report.figure import Column, Figure, Rows
from report.words import Words


def finding(rows: Rows, words: Words) -> str:
    """The first product with the surest return."""
    first = rows[0]
    return (
        f"Of {words.count(first['customer_count'], 'customer')} who began with "
        f"{first['product_name'] or first['product_id']}, {words.share(first['return_rate'])} came "
        f"back, beside {words.share(first['others_return_rate'])} of the others."
    )


FIGURE = Figure(
    place=4,
    shows="table",
    analysis="first_products",
    columns={
        "product_id": Column("Product id"),
        "product_name": Column("Product"),
        "category": Column("Category"),
        "customer_count": Column("Customers who began with it", "number"),
        "return_rate": Column("Share who came back", "share"),
        "return_rate_low": Column("Low end, 95 %", "share"),
        "others_return_rate": Column("Share of the others", "share"),
    },
    finding=finding,
    nothing="No product was the first of enough customers.",
)
