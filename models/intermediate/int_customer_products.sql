with

lines as (

    select * from {{ ref('fct_order_lines') }}

),

orders as (

    select * from {{ ref('int_customer_orders') }}
    where is_purchase

),

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

-- an order is known from the first as-of date after it on
known_orders as (

    select
        orders.order_id,
        orders.customer_id,
        min(feature_dates.as_of_date) as known_as_of_date

    from orders

    inner join feature_dates
        on orders.ordered_at < feature_dates.as_of_date

    group by all

),

customer_products as (

    select
        known_orders.known_as_of_date,
        known_orders.customer_id,
        lines.product_id,
        lines.product_category,
        sum(lines.gross_amount) as gross_amount

    from known_orders

    inner join lines
        on known_orders.order_id = lines.order_id

    where
        lines.gross_amount > 0
        and not lines.is_non_product

    group by all

)

select * from customer_products
