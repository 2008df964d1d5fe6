with

orders as (

    select * from {{ ref('int_orders') }}

),

customer_orders as (

    select
        order_id,
        customer_id,
        ordered_at,
        order_date,
        is_purchase,
        product_count,
        unit_count,
        gross_amount,
        discount_amount,
        returned_amount,
        net_amount,
        channel,
        -- 1900-01-01 was a Monday
        cast(
            {{ days_between("cast('1900-01-01' as date)", 'order_date') }} % 7 + 1 as int
        ) as weekday_number,
        cast(floor(extract(hour from ordered_at) / 6) + 1 as int) as daypart_number,
        lag(order_date) over (
            partition by customer_id, is_purchase order by ordered_at, order_id
        ) as previous_order_date

    from orders

    where
        customer_id is not null
        and not is_cancelled
        {%- if var('exclude_outliers') %}
        and not is_outlier
        {%- endif %}

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

    from customer_orders

)

select * from final
