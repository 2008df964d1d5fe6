with

windows as (

    select * from {{ ref('int_outcome_windows') }}

),

orders as (

    select * from {{ ref('int_customer_order_days') }}

),

sessions as (

    select * from {{ ref('int_sessions') }}
    where is_visit

),

first_purchases as (

    select
        customer_id,
        min(order_date) as first_purchase_date
    from orders

    where is_purchase

    group by customer_id

),

visits as (

    select
        windows.as_of_date,
        windows.horizon_days,
        sessions.customer_id,
        count(*) as visit_count

    from windows

    inner join sessions
        on
            sessions.started_at >= windows.as_of_date
            and sessions.started_at < windows.closed_on_date

    group by
        windows.as_of_date,
        windows.horizon_days,
        sessions.customer_id

),

outcomes as (

    select
        windows.as_of_date,
        windows.horizon_days,
        orders.customer_id,
        count(*) filter (where orders.is_purchase) as purchase_count,
        count(*) filter (where orders.is_new_purchase_day) as purchase_days_count,
        min(orders.order_date) filter (where orders.is_purchase) as next_purchase_date,
        sum(orders.net_amount) as net_amount

    from windows

    inner join orders
        on
            orders.order_date >= windows.as_of_date
            and orders.order_date < windows.closed_on_date

    group by
        windows.as_of_date,
        windows.horizon_days,
        orders.customer_id

),

final as (

    select
        windows.as_of_date,
        windows.horizon_days,
        first_purchases.customer_id,
        coalesce(outcomes.purchase_count, 0) > 0 as has_purchased,
        cast(coalesce(outcomes.purchase_count, 0) as bigint) as purchase_count,
        cast(coalesce(outcomes.purchase_days_count, 0) as bigint) as purchase_days_count,
        {{ money('coalesce(outcomes.net_amount, 0)') }} as net_amount,
        cast(coalesce(visits.visit_count, 0) as bigint) as visit_count,
        {{ days_between('windows.as_of_date', 'outcomes.next_purchase_date') }} as days_to_purchase

    from windows

    inner join first_purchases
        on windows.as_of_date > first_purchases.first_purchase_date

    left join outcomes
        on
            windows.as_of_date = outcomes.as_of_date
            and windows.horizon_days = outcomes.horizon_days
            and first_purchases.customer_id = outcomes.customer_id

    left join visits
        on
            windows.as_of_date = visits.as_of_date
            and windows.horizon_days = visits.horizon_days
            and first_purchases.customer_id = visits.customer_id

)

select * from final
