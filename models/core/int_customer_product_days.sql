with

lines as (

    select
        order_id,
        product_id,
        cast(ordered_at as date) as order_date,
        product_category,
        quantity,
        gross_amount
    from {{ ref('fct_order_lines') }}

    where
        gross_amount > 0
        and not is_non_product

),

purchases as (

    select
        order_id,
        customer_id
    from {{ ref('int_customer_order_days') }}

    where is_purchase

),

long_orders as (

    select order_id
    from {{ ref('int_order_days') }}

    where gross_amount > 0

    group by order_id

    having count(*) > 1

),

-- in an order of several days a product counts on its first one
first_days as (

    select
        lines.order_id,
        lines.product_id,
        min(lines.order_date) as order_date

    from lines

    inner join long_orders
        on lines.order_id = long_orders.order_id

    group by
        lines.order_id,
        lines.product_id

),

product_days as (

    select
        purchases.customer_id,
        lines.product_id,
        lines.order_date,
        min(lines.product_category) as product_category,
        bool_or(coalesce(lines.order_date = first_days.order_date, true)) as is_purchase_day,
        sum(lines.quantity) as unit_count,
        sum(lines.gross_amount) as gross_amount

    from purchases

    inner join lines
        on purchases.order_id = lines.order_id

    left join first_days
        on
            lines.order_id = first_days.order_id
            and lines.product_id = first_days.product_id

    group by
        purchases.customer_id,
        lines.product_id,
        lines.order_date

)

select * from product_days
