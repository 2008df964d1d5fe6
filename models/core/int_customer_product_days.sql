with

lines as (

    select * from {{ ref('fct_order_lines') }}

),

orders as (

    select * from {{ ref('int_customer_orders') }}
    where is_purchase

),

product_days as (

    select
        orders.customer_id,
        lines.product_id,
        orders.order_date,
        min(lines.product_category) as product_category,
        sum(lines.quantity) as unit_count,
        sum(lines.gross_amount) as gross_amount

    from orders

    inner join lines
        on orders.order_id = lines.order_id

    where
        lines.gross_amount > 0
        and not lines.is_non_product

    group by
        orders.customer_id,
        lines.product_id,
        orders.order_date

)

select * from product_days
