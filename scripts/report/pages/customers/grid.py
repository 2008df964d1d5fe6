"""The grid of recency and frequency scores."""

import altair as alt
from report.figure import Column, Figure, Rows, picture
from report.words import Words

QUERY = """
select
    recency_score,
    frequency_score,
    customer_count,
    revenue_amount,
    revenue_share
from marts.rpt_rfm_grid
where is_current and customer_count > 0
order by recency_score desc, frequency_score
"""


def finding(rows: Rows, words: Words) -> str:
    """What the best corner of the grid brings."""
    best = [row for row in rows if row["recency_score"] >= 4 and row["frequency_score"] >= 4]
    customers = sum(row["customer_count"] for row in rows)
    of_best = sum(row["customer_count"] for row in best)
    revenue = sum(row["revenue_amount"] for row in rows)
    if not of_best or revenue <= 0:
        return f"None of {words.number(customers)} customers stands high in both scores."
    return (
        f"{words.number(of_best)} of {words.number(customers)} customers bought lately and often "
        f"(scores 4 and 5); they brought "
        f"{words.share(sum(row['revenue_amount'] for row in best) / revenue)} of the revenue."
    )


def draw(rows: Rows) -> alt.LayerChart:
    """A cell per pair of scores, colored by revenue, with its customers."""
    half = max(row["revenue_amount"] for row in rows) / 2
    cells = picture().encode(
        x=alt.X("frequency_score:O", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("recency_score:O", sort="descending"),
    )
    return alt.layer(
        cells.mark_rect().encode(
            color=alt.Color(
                "revenue_amount:Q", scale=alt.Scale(range=["$least", "$middle", "$most"])
            )
        ),
        cells.mark_text().encode(
            text=alt.Text("customer_count:Q"),
            color=alt.condition(
                f"datum.revenue_amount > {half}", alt.value("$on-most"), alt.value("$on-least")
            ),
        ),
    ).properties(height=240)


FIGURE = Figure(
    place=2,
    query=QUERY,
    columns={
        "recency_score": Column("Recency score (5: bought lately)"),
        "frequency_score": Column("Frequency score (5: buys often)"),
        "customer_count": Column("Customers", "number"),
        "revenue_amount": Column("Revenue", "money"),
        "revenue_share": Column("Share of revenue", "share"),
    },
    finding=finding,
    nothing="No order has a customer who is known, so there are no scores.",
    draw=draw,
    note="Each cell has its number of customers; the color is their revenue.",
)
