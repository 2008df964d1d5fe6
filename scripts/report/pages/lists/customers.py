"""A customer to pick, with a profile, both lists, their reasons, and what was bought before."""

from typing import Any

from report.figure import NAMED_PRODUCTS, Figure, Rows
from report.words import Words, plain

MOST_VALUABLE = 500
DRAWN = 500  # of the others, by a hash
SHOWN = 10  # of each list
BOUGHT = 12
QUERY = f"""
with {NAMED_PRODUCTS},
customers as (
    select
        customer_id,
        rfm_group,
        purchase_count,
        net_amount,
        last_purchase_date,
        lifecycle_stage,
        lifecycle_reason,
        customer_tier,
        customer_tier_reason,
        value_score,
        churn_probability,
        churn_reason,
        expected_value_amount,
        expected_value_reason,
        expected_order_date,
        expected_order_reason,
        liked_category,
        liked_brand,
        segments,
        next_best_action,
        next_best_action_reason,
        row_number() over (order by net_amount desc, customer_id) as value_rank,
        count(*) over () as customer_count
    from marts.dim_customers
    where purchase_count > 0
),
chosen as (
    select *
    from customers
    qualify
        value_rank <= {MOST_VALUABLE}
        or row_number() over (
            order by value_rank <= {MOST_VALUABLE}, md5(customer_id), customer_id
        ) <= {DRAWN}
),
lists as (
    select
        recommendations.customer_id,
        list(
            struct_pack(
                list := recommendations.list,
                product := coalesce(named_products.product, recommendations.product_id),
                reason := recommendations.reason
            )
            order by recommendations.list, recommendations.rank
        ) as offers
    from marts.fct_customer_recommendations as recommendations
    left join named_products using (product_id)
    where
        recommendations.customer_id in (select customer_id from chosen)
        and recommendations.is_current
        and recommendations.rank <= {SHOWN}
    group by recommendations.customer_id
),
bought as (
    select
        lines.customer_id,
        lines.product_id,
        coalesce(named_products.product, lines.product_id) as product,
        cast(max(lines.ordered_at) as date) as last_date,
        sum(lines.quantity) as units
    from core.fct_order_lines as lines
    left join named_products using (product_id)
    where
        lines.customer_id in (select customer_id from chosen)
        and lines.gross_amount > 0
        and not lines.is_non_product
    group by lines.customer_id, lines.product_id, named_products.product
    qualify row_number() over (
        partition by lines.customer_id order by max(lines.ordered_at) desc, lines.product_id
    ) <= {BOUGHT}
),
histories as (
    select
        customer_id,
        list(
            struct_pack(product := product, day := last_date, units := units)
            order by last_date desc, product_id
        ) as history
    from bought
    group by customer_id
)
select
    chosen.* exclude (value_rank),
    lists.offers,
    histories.history
from chosen
left join lists using (customer_id)
left join histories using (customer_id)
order by chosen.value_rank
"""


def finding(rows: Rows, words: Words) -> str:
    """Whom the page holds."""
    listed = sum(1 for row in rows if row["offers"])
    customers = rows[0]["customer_count"]
    whose = (
        f"all {words.number(customers)} customers"
        if len(rows) == customers
        else f"{words.number(len(rows))} of {words.number(customers)} customers, the "
        f"{MOST_VALUABLE} most valuable and others drawn by a hash"
    )
    return f"Search among {whose}; {words.number(listed)} of them have a list."


def profile(row: dict[str, Any]) -> list[list[Any]]:
    """What is said of a customer: a label, the kind of value, the value, and why."""
    told = [
        ("Stage", "name", plain(row["lifecycle_stage"] or ""), row["lifecycle_reason"]),
        ("Tier", "name", row["customer_tier"], row["customer_tier_reason"]),
        ("Value score", "number", row["value_score"], "1 for the best of the shop"),
        ("Probability to leave", "share", row["churn_probability"], row["churn_reason"]),
        ("Worth in a year", "money", row["expected_value_amount"], row["expected_value_reason"]),
        ("Next order", "day", row["expected_order_date"], row["expected_order_reason"]),
        ("Likes", "name", row["liked_category"] or row["liked_brand"], row["liked_brand"]),
        ("Segments", "name", row["segments"], None),
        (
            "Next best action",
            "name",
            plain(row["next_best_action"] or "none"),
            row["next_best_action_reason"],
        ),
    ]
    return [[label, kind, value, why] for label, kind, value, why in told if value is not None]


def packed(rows: Rows) -> dict[str, Any]:
    """Products and reasons once, and customers who name them by number."""
    products: dict[str, int] = {}
    reasons: dict[str, int] = {}

    def offers(row: dict[str, Any], name: str) -> list[list[int]]:
        return [
            [
                products.setdefault(offer["product"], len(products)),
                reasons.setdefault(offer["reason"] or "", len(reasons)),
            ]
            for offer in row["offers"] or []
            if offer["list"] == name
        ]

    customers = [
        {
            "id": row["customer_id"],
            "group": plain(row["rfm_group"] or ""),
            "purchases": row["purchase_count"],
            "amount": row["net_amount"],
            "last": row["last_purchase_date"],
            "profile": profile(row),
            "buy_again": offers(row, "buy_again"),
            "discover": offers(row, "discover"),
            "history": [
                [products.setdefault(one["product"], len(products)), one["day"], one["units"]]
                for one in row["history"] or []
            ],
        }
        for row in rows
    ]
    return {"customers": customers, "products": list(products), "reasons": list(reasons)}


FIGURE = Figure(
    place=1,
    shows="customers",
    query=QUERY,
    columns={},
    finding=finding,
    nothing="No order has a customer who is known, so there is nobody to make a list for.",
    pack=packed,
    note=(
        f"The first {SHOWN} places of each list. “To buy again” holds what the customer bought "
        "before, “to discover” what is new to them. All lists are in fct_customer_recommendations."
    ),
)
