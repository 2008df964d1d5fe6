{%- set few_lines = 2 -%}
{%- set past = [
    'histories.customer_order_count', 'histories.customer_log_amount_sum',
    'histories.customer_log_amount_square_sum'
] -%}
{%- set shop = [
    'histories.shop_order_count', 'histories.shop_log_amount_sum',
    'histories.shop_log_amount_square_sum'
] -%}

with

orders as (

    select * from {{ ref('int_placed_orders') }}

),

histories as (

    select * from {{ ref('int_order_histories') }}

),

lines as (

    select
        order_id,
        max(product_quantity_score) as product_quantity_score,
        max(customer_quantity_score) as customer_quantity_score,
        max(price_deviation) as price_deviation
    from {{ ref('int_order_risk_lines') }}

    group by order_id

),

scored as (

    select
        orders.order_id,
        orders.customer_id,
        orders.placed_at,
        orders.order_date,
        orders.line_count,
        orders.unit_count,
        orders.order_amount,
        orders.largest_line_amount,
        orders.largest_quantity,
        cast(orders.largest_line_amount / cast(orders.order_amount as double) as decimal(18, 6))
        as largest_line_share,
        orders.country,
        orders.payment_method,
        histories.customer_order_count,
        histories.hour_order_count,
        histories.orders_before_new_payment_method,
        histories.orders_before_new_country,
        histories.days_without_visit,
        histories.last_visit_date,
        lines.product_quantity_score,
        lines.customer_quantity_score,
        lines.price_deviation,
        {{ usual_value(past, shop) }} as usual_amount,
        {{ own_score('orders.log_amount', past, shop) }} as customer_amount_score,
        {{ own_score('orders.log_amount', ['0', '0', '0'], shop) }} as shop_amount_score

    from orders

    inner join histories
        on orders.order_id = histories.order_id

    inner join lines
        on orders.order_id = lines.order_id

),

final as (

    select
        *,
        case when line_count <= {{ few_lines }} then shop_amount_score end as few_lines_amount_score
    from scored

)

select * from final
