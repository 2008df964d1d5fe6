{%- set horizon = var('prediction_horizon_days') -%}

with

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}

),

today as (

    select as_of_date from as_of_dates
    where is_current

),

-- no window passes today
closed_dates as (

    select as_of_dates.as_of_date

    from as_of_dates

    inner join today
        on {{ add_days('as_of_dates.as_of_date', horizon) }} <= today.as_of_date

    where
        as_of_dates.is_backtest
        or as_of_dates.is_training

),

customers as (

    select * from {{ ref('int_customer_rfm') }}

),

orders as (

    select * from {{ ref('int_customer_order_days') }}

),

outcomes as (

    select
        closed_dates.as_of_date,
        orders.customer_id,
        count(*) filter (where orders.is_purchase) as purchase_count,
        sum(orders.net_amount) as net_amount

    from closed_dates

    inner join orders
        on
            orders.order_date >= closed_dates.as_of_date
            and orders.order_date < {{ add_days('closed_dates.as_of_date', horizon) }}

    group by
        closed_dates.as_of_date,
        orders.customer_id

),

final as (

    select
        customers.as_of_date,
        customers.customer_id,
        coalesce(outcomes.purchase_count, 0) > 0 as has_purchased,
        cast(coalesce(outcomes.purchase_count, 0) as bigint) as purchase_count,
        {{ money('coalesce(outcomes.net_amount, 0)') }} as net_amount

    from customers

    inner join closed_dates
        on customers.as_of_date = closed_dates.as_of_date

    left join outcomes
        on
            customers.as_of_date = outcomes.as_of_date
            and customers.customer_id = outcomes.customer_id

)

select * from final
