"""Bundles to offer."""

from report.figure import NAMED_PRODUCTS, Column, Figure, Rows
from report.words import Words

BUNDLES = 25
QUERY = f"""
with {NAMED_PRODUCTS}
select
    coalesce(antecedents.product, antecedent_product_id)
        || coalesce(' and ' || coalesce(seconds.product, second_product_id), '') as bought,
    coalesce(consequents.product, consequent_product_id) as offer,
    basket_count,
    confidence,
    lift,
    bundle_amount,
    is_cross_category,
    is_significant
from marts.fct_product_bundles
left join named_products as antecedents on antecedent_product_id = antecedents.product_id
left join named_products as seconds on second_product_id = seconds.product_id
left join named_products as consequents on consequent_product_id = consequents.product_id
where as_of_date = (select max(as_of_date) from marts.fct_product_bundles)
order by is_significant desc, lift * confidence desc, basket_count desc, bought, offer
limit {BUNDLES}
"""


def finding(rows: Rows, words: Words) -> str:
    """The first offer."""
    first = rows[0]
    return (
        f"Offer {first['offer']} to who takes {first['bought']}: "
        f"{words.share(first['confidence'])} of these baskets hold it, too."
    )


FIGURE = Figure(
    place=2,
    shows="table",
    query=QUERY,
    columns={
        "bought": Column("Who takes"),
        "offer": Column("is offered"),
        "basket_count": Column("Baskets with all", "number"),
        "confidence": Column("Share of these baskets", "share"),
        "lift": Column("Lift", "number"),
        "bundle_amount": Column("Price of all", "money"),
        "is_cross_category": Column("From two categories", "yes"),
        "is_significant": Column("More than chance", "yes"),
    },
    finding=finding,
    nothing="No products were bought together often enough.",
    why="select 'No bundles: ' || reason_for_none || '.' from marts.rpt_product_bundles",
)
