with

order_days as (

    select * from {{ ref('int_order_days') }}

),

orders as (

    select
        order_id,
        min(customer_id) as customer_id,
        coalesce(
            min(first_paid_at),
            {%- if var('count_free_orders') %}
            min(case when unit_count > 0 then first_line_at end),
            {%- endif %}
            min(first_line_at)
        ) as ordered_at,
        max(last_line_at) as last_changed_at,
        cast(sum(line_count) as bigint) as line_count,
        cast(sum(product_count) as bigint) as product_count,
        cast(sum(unit_count) as decimal(18, 4)) as unit_count,
        cast(sum(gross_amount) as decimal(18, 4)) as gross_amount,
        cast(sum(discount_amount) as decimal(18, 4)) as discount_amount,
        cast(sum(returned_amount) as decimal(18, 4)) as returned_amount,
        cast(sum(net_amount) as decimal(18, 4)) as net_amount,
        cast(sum(cancelled_amount) as decimal(18, 4)) as cancelled_amount,
        bool_and(is_cancelled) as is_cancelled,
        bool_or(is_fraud) as is_fraud,
        min(status) as status,
        min(channel) as channel,
        min(country) as country,
        min(payment_method) as payment_method,
        min(promotion_code) as promotion_code

    from order_days

    group by order_id

),

{{ outlier_bounds('order', 'orders', 'gross_amount') }},

judged as (

    select
        orders.*,
        cast(orders.ordered_at as date) as order_date,
        orders.gross_amount > 0
        {%- if var('count_free_orders') %}
        or orders.unit_count > 0
        {%- endif %} as is_purchase,
        coalesce(
            orders.gross_amount > 0
            and orders.gross_amount not between order_bounds.low and order_bounds.high, false
        ) as is_outlier

    from orders

    left join order_bounds
        on true

)

select * from judged
