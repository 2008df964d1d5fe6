"""The products that are bought together most."""

import altair as alt
from report.figure import NAMED_PRODUCTS, Column, Figure, Rows, picture
from report.words import Words

PAIRS = 30
QUERY = f"""
with {NAMED_PRODUCTS},
pairs as (
    select
        antecedent_product_id,
        consequent_product_id,
        coalesce(antecedents.product, antecedent_product_id) as first_product,
        coalesce(consequents.product, consequent_product_id) as second_product,
        basket_count,
        support,
        confidence,
        lift,
        is_significant
    from marts.fct_product_bundles
    left join named_products as antecedents
        on antecedent_product_id = antecedents.product_id
    left join named_products as consequents
        on consequent_product_id = consequents.product_id
    where
        as_of_date = (select max(as_of_date) from marts.fct_product_bundles)
        and second_product_id is null
)
select * from pairs
order by
    is_significant desc,
    basket_count desc,
    lift desc,
    antecedent_product_id,
    consequent_product_id
limit {PAIRS}
"""


def finding(rows: Rows, words: Words) -> str:
    """The pair that is bought together most often."""
    first = rows[0]
    return (
        f"{first['first_product']} and {first['second_product']} were bought together "
        f"in {words.count(first['basket_count'], 'basket')}, {words.number(first['lift'], 1)} "
        "times as often as chance would bring them together."
    )


def draw(rows: Rows) -> alt.Chart:
    """A matrix: a dot's size is the number of baskets, its color the lift."""
    pairs = ((row["first_product"], row["second_product"]) for row in rows)
    beside = list(dict.fromkeys(product for pair in pairs for product in pair))
    return (
        picture()
        .mark_circle(opacity=0.95)
        .encode(
            x=alt.X("second_product:N", sort=beside, axis=alt.Axis(labelAngle=-40, labelLimit=160)),
            y=alt.Y("first_product:N", sort=beside),
            size=alt.Size("basket_count:Q", scale=alt.Scale(range=[40, 500])),
            color=alt.Color(
                "lift:Q", scale=alt.Scale(range=["$least", "$middle", "$most"], domainMin=0)
            ),
        )
        .properties(
            height=24 * len({row["first_product"] for row in rows}), usermeta={"least_width": 640}
        )
    )


FIGURE = Figure(
    place=1,
    query=QUERY,
    columns={
        "first_product": Column("Who bought"),
        "second_product": Column("also bought"),
        "basket_count": Column("Baskets with both", "number"),
        "support": Column("Share of all baskets", "share"),
        "confidence": Column("Share of the first one's baskets", "share"),
        "lift": Column("Lift", "number"),
        "is_significant": Column("More than chance", "yes"),
    },
    finding=finding,
    nothing="No two products were bought together often enough.",
    why="select 'No bundles: ' || reason_for_none || '.' from marts.rpt_product_bundles",
    draw=draw,
    note=f"At most {PAIRS} pairs, those that are surely more than chance first.",
)
