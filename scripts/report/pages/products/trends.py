"""Products on their way up and down."""

import altair as alt
from report.figure import NAMED_PRODUCTS, Column, Figure, Rows, picture
from report.words import Words, listed

DAYS = 28
SHOWN = 10
QUERY = f"""
with {NAMED_PRODUCTS},
sold as (
    select
        product_id,
        coalesce(sum(quantity) filter (
            where ordered_at >= cast($as_of_date as date) - {DAYS}
        ), 0) as recent_units,
        coalesce(sum(quantity) filter (
            where ordered_at < cast($as_of_date as date) - {DAYS}
        ), 0) as earlier_units
    from core.fct_order_lines
    where
        not is_cancelled
        and not is_non_product
        and ordered_at >= cast($as_of_date as date) - {2 * DAYS}
        and ordered_at < cast($as_of_date as date)
    group by product_id
),
moved as (
    select
        product_id,
        coalesce(named_products.product, product_id) as product,
        recent_units,
        earlier_units,
        recent_units - earlier_units as unit_change,
        row_number() over (order by recent_units - earlier_units desc, product_id) as from_top,
        row_number() over (order by recent_units - earlier_units, product_id) as from_bottom
    from sold
    left join named_products using (product_id)
    where recent_units != earlier_units
)
select product_id, product, recent_units, earlier_units, unit_change
from moved
where
    (from_top <= {SHOWN} and unit_change > 0)
    or (from_bottom <= {SHOWN} and unit_change < 0)
order by unit_change desc, product_id
"""


def finding(rows: Rows, words: Words) -> str:
    """The largest rise and the largest fall."""
    up, down = rows[0], rows[-1]
    said = []
    if up["unit_change"] > 0:
        said.append(f"{up['product']} sold {words.count(up['unit_change'], 'unit')} more")
    if down["unit_change"] < 0:
        said.append(f"{down['product']} sold {words.count(-down['unit_change'], 'unit')} fewer")
    return f"{listed(said)} than in the {DAYS} days before."


def draw(rows: Rows) -> alt.Chart:
    """Bars to the right and to the left."""
    return (
        picture()
        .mark_bar()
        .encode(
            x=alt.X("unit_change:Q"),
            y=alt.Y("product:N", sort=alt.SortField("unit_change", "descending"), title=None),
            color=alt.condition(
                "datum.unit_change > 0", alt.value("$rising"), alt.value("$fading")
            ),
        )
        .properties(height=20 * len(rows))
    )


FIGURE = Figure(
    place=3,
    query=QUERY,
    columns={
        "product_id": Column("Product id"),
        "product": Column("Product"),
        "recent_units": Column(f"Units less returns, last {DAYS} days", "number"),
        "earlier_units": Column(f"Units less returns, the {DAYS} days before", "number"),
        "unit_change": Column("Change in units", "number"),
    },
    finding=finding,
    nothing=f"No product's sales changed within the last {2 * DAYS} days.",
    draw=draw,
    note=(
        f"The {SHOWN} products with the largest rise and with the largest fall. A season moves "
        "many at once. What went back is taken off on the day on which it did."
    ),
)
