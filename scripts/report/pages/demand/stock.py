"""Products to order."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words

SHOWN = 20
QUERY = f"""
select
    product_id,
    coalesce(product_name, product_id) as product,
    stock_quantity,
    weekly_units,
    days_of_cover,
    lead_time_days,
    suggested_units,
    is_lead_time_assumed,
    count(*) over () as product_count
from marts.fct_inventory_advice
where is_understocked
order by days_of_cover, suggested_units desc, product_id
limit {SHOWN}
"""


def finding(rows: Rows, words: Words) -> str:
    """How many products to order, and the most urgent one."""
    first = rows[0]
    return (
        f"Products to order: {words.number(first['product_count'])}. The most urgent is "
        f"{first['product']}, whose stock of {words.number(first['stock_quantity'])} lasts "
        f"{words.number(first['days_of_cover'])} days while the delivery takes "
        f"{words.number(first['lead_time_days'])}."
    )


def draw(rows: Rows) -> alt.LayerChart:
    """Days that the stock lasts, and a tick where the delivery would come."""
    y = alt.Y("product:N", sort=[row["product"] for row in rows], title=None)
    return alt.layer(
        picture()
        .mark_bar(color="$customers")
        .encode(x=alt.X("days_of_cover:Q", title="Days"), y=y),
        picture()
        .mark_tick(thickness=3, color="$returned")
        .encode(x=alt.X("lead_time_days:Q", title="Days"), y=y),
    ).properties(height=22 * len(rows))


FIGURE = Figure(
    place=2,
    query=QUERY,
    columns={
        "product_id": Column("Product id"),
        "product": Column("Product"),
        "stock_quantity": Column("In stock", "number"),
        "weekly_units": Column("Units expected in a week", "number"),
        "days_of_cover": Column("Days that the stock lasts", "number"),
        "lead_time_days": Column("Days of the delivery", "number"),
        "suggested_units": Column("Units to order", "number"),
        "is_lead_time_assumed": Column("Delivery time is assumed", "yes"),
    },
    finding=finding,
    nothing="No product has to be ordered now.",
    why="""
select case when not exists (select 1 from marts.fct_inventory_advice)
    then 'The shop gives no stock, so there is no advice on what to order.' end
""",
    draw=draw,
    note=(
        f"At most {SHOWN} products, those that run out first. A bar is how long the stock lasts, "
        "the mark when a delivery ordered today would come."
    ),
)
