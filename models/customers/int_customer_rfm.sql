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
        sum(orders.{{ var('monetary_measure') }}_amount) as monetary_amount

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
        {{ money('monetary_amount') }} as monetary_amount

    from totals

    where frequency > 0

)

select * from buyers
