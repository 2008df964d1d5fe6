with

order_days as (

    select * from {{ ref('int_order_days') }}
    where
        customer_id is not null
        and not is_cancelled

),

orders as (

    select * from {{ ref('int_orders') }}
    {%- if var('exclude_outliers') %}
    where not is_outlier
    {%- endif %}

),

customer_order_days as (

    select
        order_days.order_id,
        order_days.customer_id,
        coalesce(order_days.first_paid_at, order_days.first_line_at) as ordered_at,
        order_days.order_date,
        orders.is_purchase and order_days.order_date = orders.order_date as is_purchase,
        case
            when orders.is_purchase and order_days.order_date >= orders.order_date
                then order_days.product_count
            else 0
        end as product_count,
        order_days.unit_count,
        order_days.gross_amount,
        order_days.discount_amount,
        order_days.returned_amount,
        order_days.net_amount,
        order_days.channel

    from order_days

    inner join orders
        on order_days.order_id = orders.order_id

),

with_previous as (

    select
        *,
        -- 1900-01-01 was a Monday
        cast(
            {{ days_between("cast('1900-01-01' as date)", 'order_date') }} % 7 + 1 as int
        ) as weekday_number,
        cast(floor(extract(hour from ordered_at) / 6) + 1 as int) as daypart_number,
        lag(order_date) over (
            partition by customer_id, is_purchase order by ordered_at, order_id
        ) as previous_order_date

    from customer_order_days

),

final as (

    select
        order_id,
        customer_id,
        ordered_at,
        order_date,
        is_purchase,
        is_purchase
        and coalesce(previous_order_date < order_date, true) as is_new_purchase_day,
        case
            when is_purchase and previous_order_date < order_date
                then {{ days_between('previous_order_date', 'order_date') }}
        end as gap_days,
        product_count,
        unit_count,
        gross_amount,
        discount_amount,
        returned_amount,
        net_amount,
        channel,
        weekday_number,
        daypart_number

    from with_previous

)

select * from final
