with

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}

),

orders as (

    select * from {{ ref('int_customer_order_days') }}

),

totals as (

    select
        as_of_dates.as_of_date,
        orders.customer_id,
        min(orders.order_date) filter (where orders.is_purchase) as first_purchase_date,
        max(orders.order_date) filter (where orders.is_purchase) as last_purchase_date,
        cast(count(*) filter (where orders.is_purchase) as bigint) as frequency,
        sum(orders.{{ var('monetary_measure') }}_amount) as monetary_amount,
        count(*) filter (where orders.is_new_purchase_day) as purchase_days_count,
        sum(orders.gap_days) as gap_sum,
        max_by(orders.gap_days, orders.order_date) filter (
            where orders.gap_days is not null
        ) as last_gap_days,
        sum(orders.gross_amount) as gross_amount,
        sum(orders.returned_amount) as returned_amount

    from as_of_dates

    inner join orders
        on orders.ordered_at < as_of_dates.as_of_date

    group by all

),

buyers as (

    select
        as_of_date,
        customer_id,
        first_purchase_date,
        last_purchase_date,
        {{ days_between('last_purchase_date', 'as_of_date') }} as recency_days,
        frequency,
        {{ money('monetary_amount') }} as monetary_amount,
        cast(purchase_days_count as bigint) as purchase_days_count,
        cast(gap_sum as bigint) as gap_sum,
        cast(last_gap_days as bigint) as last_gap_days,
        coalesce({{ share_up_to_one('returned_amount', 'gross_amount') }}, 0) as return_share

    from totals

    where frequency > 0

)

select * from buyers
