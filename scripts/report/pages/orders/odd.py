"""The latest orders that somebody should look at."""

from report.figure import Column, Figure, Rows
from report.words import Words

SHOWN = 20
QUERY = f"""
select
    order_id,
    customer_id,
    order_date,
    order_amount,
    suggested_action,
    reason_1,
    reason_2,
    count(*) over () as order_count
from marts.fct_order_anomalies
where is_recent and suggested_action in ('hold', 'verify')
order by risk_rank, order_id
limit {SHOWN}
"""


def finding(rows: Rows, words: Words) -> str:
    """How many orders, and the oddest one."""
    first = rows[0]
    why = f": {first['reason_1']}" if first["reason_1"] else ""
    return (
        f"Latest orders that need a look: {words.number(first['order_count'])}. The oddest is "
        f"{first['order_id']} of {words.money(first['order_amount'])}{why}."
    )


FIGURE = Figure(
    place=1,
    shows="table",
    query=QUERY,
    columns={
        "order_id": Column("Order"),
        "customer_id": Column("Customer"),
        "order_date": Column("Day", "day"),
        "order_amount": Column("Amount", "money"),
        "suggested_action": Column("What to do"),
        "reason_1": Column("First reason"),
        "reason_2": Column("Second reason"),
    },
    finding=finding,
    nothing="None of the latest orders needs a look.",
    why="select min(no_score_reason) from marts.fct_order_anomalies",
)
