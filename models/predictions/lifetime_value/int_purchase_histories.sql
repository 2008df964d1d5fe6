with

windows as (

    select * from {{ ref('int_lifetime_value_windows') }}

),

dates as (

    select distinct as_of_date from windows

),

orders as (

    select * from {{ ref('int_customer_order_days') }}

),

first_purchases as (

    select
        customer_id,
        min(order_date) as first_purchase_date
    from orders

    where is_purchase

    group by customer_id

),

dated_orders as (

    select
        orders.customer_id,
        orders.order_date,
        orders.is_purchase,
        orders.is_new_purchase_day,
        orders.net_amount,
        first_purchases.first_purchase_date,
        orders.order_date > first_purchases.first_purchase_date as is_later

    from orders

    inner join first_purchases
        on orders.customer_id = first_purchases.customer_id

),

-- a return counts with the days after the first, unless it came before the second day
totals as (

    select
        dates.as_of_date,
        dated_orders.customer_id,
        min(dated_orders.first_purchase_date) as first_purchase_date,
        max(dated_orders.order_date) filter (
            where dated_orders.is_purchase
        ) as last_purchase_date,
        count(*) filter (where dated_orders.is_new_purchase_day) as purchase_days_count,
        sum(dated_orders.net_amount) as net_amount,
        sum(case
            when dated_orders.is_later then dated_orders.net_amount
            else 0
        end) as later_amount

    from dates

    inner join dated_orders
        on
            dates.as_of_date > dated_orders.order_date
            and dates.as_of_date > dated_orders.first_purchase_date

    group by
        dates.as_of_date,
        dated_orders.customer_id

),

final as (

    select
        as_of_date,
        customer_id,
        first_purchase_date,
        last_purchase_date,
        cast(purchase_days_count - 1 as int) as repeat_count,
        cast({{ days_between('first_purchase_date', 'last_purchase_date') }} as int) as active_days,
        cast({{ days_between('first_purchase_date', 'as_of_date') }} - 1 as int) as age_days,
        cast(net_amount as decimal(28, 4)) as net_amount,
        cast(case
            when purchase_days_count > 1 then greatest(later_amount, 0)
            else 0
        end as decimal(28, 4)) as repeat_amount

    from totals

)

select * from final
