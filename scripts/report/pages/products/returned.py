"""Products that are returned more than others of their category."""

from report.figure import Column, Figure, Rows
from report.words import Words


def finding(rows: Rows, words: Words) -> str:
    """The product that costs most by its returns."""
    first = rows[0]
    return (
        f"{first['product_name'] or first['product_id']} is returned most beside its category: "
        f"{words.share(first['return_share'])} of its revenue went back."
    )


FIGURE = Figure(
    place=5,
    shows="table",
    analysis="products_returned_most",
    columns={
        "product_id": Column("Product id"),
        "product_name": Column("Product"),
        "category": Column("Category"),
        "gross_amount": Column("Gross revenue", "money"),
        "returned_amount": Column("Returned", "money"),
        "return_share": Column("Share returned", "share"),
        "others_return_share": Column("Share of the category", "share"),
        "excess_amount": Column("More than the category", "money"),
        "main_topic": Column("What most complain of"),
    },
    finding=finding,
    nothing="No product was returned.",
)
