"""The products that customers like least."""

from report.figure import Column, Figure, Rows
from report.words import Words

SHOWN = 20
QUERY = f"""
select
    product_id,
    coalesce(product_name, product_id) as product,
    review_count,
    average_rating,
    shrunk_rating,
    complaint_count,
    main_topic
from marts.rpt_product_satisfaction
where shrunk_rating is not null and complaint_count > 0
order by shrunk_rating, review_count desc, product_id
limit {SHOWN}
"""


def finding(rows: Rows, words: Words) -> str:
    """The product with the lowest rating."""
    first = rows[0]
    return (
        f"Customers like {first['product']} least: {words.number(first['shrunk_rating'], 2)} "
        f"stars from {words.count(first['review_count'], 'review')}."
    )


FIGURE = Figure(
    place=3,
    shows="table",
    query=QUERY,
    columns={
        "product_id": Column("Product id"),
        "product": Column("Product"),
        "review_count": Column("Reviews", "number"),
        "average_rating": Column("Mean stars", "number"),
        "shrunk_rating": Column("Stars, drawn to the mean", "number"),
        "complaint_count": Column("Complaints", "number"),
        "main_topic": Column("What most complain of"),
    },
    finding=finding,
    nothing="No product has a complaint.",
    note=(
        "A product with few reviews is drawn towards the mean of all, so that one bad review "
        "does not put it first."
    ),
)
