"""Visitors who are about to buy."""

from report.figure import Column, Figure, Rows
from report.words import Words

SHOWN = 20
QUERY = f"""
select
    customer_id,
    purchase_probability,
    horizon_days,
    visit_count,
    open_cart_count,
    days_since_last_visit,
    reason_1,
    reason_2,
    sum(purchase_probability) over () as expected_count,
    count(*) over () as visitor_count
from marts.fct_visitor_propensity
where is_current and purchase_probability is not null
order by purchase_probability desc, customer_id
limit {SHOWN}
"""


def finding(rows: Rows, words: Words) -> str:
    """How many visitors will buy, and the likeliest one."""
    first = rows[0]
    return (
        f"Of {words.number(first['visitor_count'])} visitors "
        f"{words.number(first['expected_count'])} are expected to buy within "
        f"{words.number(first['horizon_days'])} days; the likeliest is {first['customer_id']}, "
        f"with a probability of {words.share(first['purchase_probability'])}."
    )


FIGURE = Figure(
    place=2,
    shows="table",
    query=QUERY,
    columns={
        "customer_id": Column("Customer"),
        "purchase_probability": Column("Probability of a purchase", "share"),
        "visit_count": Column("Visits in four weeks", "number"),
        "open_cart_count": Column("Products left in the cart", "number"),
        "days_since_last_visit": Column("Days since the last visit", "number"),
        "reason_1": Column("First reason"),
        "reason_2": Column("Second reason"),
    },
    finding=finding,
    nothing="The shop logs no visits of customers who are known.",
    why="""
select coalesce(
    (select min(no_score_reason) from marts.fct_visitor_propensity),
    (select min(no_score_reason) from marts.rpt_propensity_candidates
        where task = 'visitor_propensity')
)
""",
)
