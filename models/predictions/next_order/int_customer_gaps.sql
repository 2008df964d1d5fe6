with

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

orders as (

    select * from {{ ref('int_customer_order_days') }}
    where is_new_purchase_day

),

logarithms as (

    select
        feature_dates.as_of_date,
        orders.customer_id,
        orders.order_date,
        orders.gap_days,
        cast(ln(orders.gap_days) as decimal(12, 9)) as log_gap

    from feature_dates

    inner join orders
        on orders.ordered_at < feature_dates.as_of_date

),

final as (

    select
        as_of_date,
        customer_id,
        max(order_date) as last_purchase_date,
        cast(count(gap_days) as bigint) as gap_count,
        cast(coalesce(sum(gap_days), 0) as bigint) as gap_sum,
        coalesce(sum(log_gap), 0) as log_sum,
        coalesce(sum(cast(log_gap * log_gap as decimal(18, 9))), 0) as log_square_sum
    from logarithms

    group by
        as_of_date,
        customer_id

)

select * from final
