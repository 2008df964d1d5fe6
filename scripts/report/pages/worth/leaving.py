"""The most valuable customers who are about to leave."""

from report.figure import Column, Figure, Rows
from report.words import Words

SHOWN = 20
QUERY = f"""
select
    churn.customer_id,
    churn.churn_probability,
    value.net_amount,
    value.last_purchase_date,
    case
        when churn.effect_1 > 0 then churn.reason_1
        when churn.effect_2 > 0 then churn.reason_2
        when churn.effect_3 > 0 then churn.reason_3
    end as reason
from marts.fct_customer_churn as churn
inner join marts.fct_customer_lifetime_value as value
    on churn.customer_id = value.customer_id and churn.as_of_date = value.as_of_date
where churn.is_current and churn.churn_probability between 0.5 and 0.9
order by value.net_amount * (1 - churn.churn_probability) desc, churn.customer_id
limit {SHOWN}
"""


def finding(rows: Rows, words: Words) -> str:
    """The first customer to call."""
    first = rows[0]
    why = f": {first['reason']}" if first["reason"] else ""
    return (
        f"Write to customer {first['customer_id']} first, who has brought "
        f"{words.money(first['net_amount'])} and leaves with a probability of "
        f"{words.share(first['churn_probability'])}{why}."
    )


FIGURE = Figure(
    place=2,
    shows="table",
    query=QUERY,
    columns={
        "customer_id": Column("Customer"),
        "churn_probability": Column("Probability of no purchase", "share"),
        "net_amount": Column("Net revenue so far", "money"),
        "last_purchase_date": Column("Last purchase", "day"),
        "reason": Column("What speaks for leaving most"),
    },
    finding=finding,
    nothing="No customer is likelier to leave than to stay and still within reach.",
    why="select min(no_score_reason) from marts.fct_customer_churn where is_current",
    note=(
        "Customers with a probability from 50 to 90 %, by what they have brought times the "
        "probability that they stay: those who can still be kept."
    ),
)
