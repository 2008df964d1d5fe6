"""How concentrated revenue is."""

from report.figure import Column, Figure, Rows
from report.words import Words


def finding(rows: Rows, words: Words) -> str:
    """What the top tenth brought in the last year."""
    first = rows[0]
    if first["revenue_share"] is None:
        return "Customers brought nothing within the last year."
    return (
        f"The tenth of customers who bought for most brought {words.share(first['revenue_share'])} "
        "of the last year's revenue of customers."
    )


FIGURE = Figure(
    place=4,
    shows="table",
    analysis="revenue_concentration",
    columns={
        "from_date": Column("From", "day"),
        "to_date": Column("To", "day"),
        "tenth": Column("Tenth of customers"),
        "customer_count": Column("Customers", "number"),
        "net_amount": Column("Net revenue", "money"),
        "revenue_share": Column("Share of revenue", "share"),
        "revenue_share_so_far": Column("Share so far", "share"),
    },
    finding=finding,
    nothing="No customer bought within the last year.",
    note="Customers by what they brought within a year, in tenths, the last year first.",
)
