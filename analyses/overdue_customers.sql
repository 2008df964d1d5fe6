-- Who is overdue by their own rhythm, and still worth a reminder?
{%- set fewest_gaps = 2 %}
with

next_orders as (

    select * from {{ ref('fct_customer_next_order') }}
    where
        is_current
        and gap_count >= {{ fewest_gaps }}

),

-- the rule gives no interval: there an order is overdue from the day after the expected one
overdue as (

    select * from next_orders
    where coalesce(is_overdue, overdue_days > 0)

),

behavior as (

    select * from {{ ref('fct_customer_behavior') }}

),

churn as (

    select * from {{ ref('fct_customer_churn') }}

),

spend as (

    select * from {{ ref('fct_customer_spend_forecast') }}

),

-- what they bought before, or else the first new product
offers as (

    select * from {{ ref('fct_customer_recommendations') }}
    where is_current

    qualify row_number() over (partition by customer_id order by list, rank) = 1

),

final as (

    select
        overdue.customer_id,
        overdue.last_purchase_date,
        behavior.average_gap_days,
        overdue.expected_order_date,
        overdue.overdue_days,
        behavior.average_order_amount,
        spend.expected_spend_amount,
        churn.churn_probability,
        behavior.favorite_category,
        offers.product_id as offered_product_id,
        offers.product_name as offered_product_name,
        offers.reason as offer_reason

    from overdue

    left join behavior
        on
            overdue.as_of_date = behavior.as_of_date
            and overdue.customer_id = behavior.customer_id

    left join churn
        on
            overdue.as_of_date = churn.as_of_date
            and overdue.customer_id = churn.customer_id

    left join spend
        on
            overdue.as_of_date = spend.as_of_date
            and overdue.customer_id = spend.customer_id

    left join offers
        on overdue.customer_id = offers.customer_id

),

ranked as (

    select
        cast(
            row_number() over (
                order by
                    expected_spend_amount desc nulls last,
                    overdue_days asc,
                    customer_id asc
            ) as int
        ) as place,
        *
    from final

)

select * from ranked
where place <= 100
order by place
