with

lines as (

    select * from {{ ref('fct_order_lines') }}

),

-- counted as distinct pairs, which costs less than a distinct count within every order, and read on
-- their own, since a CTE that is read more than once is kept in memory with all its columns
order_products as (

    select distinct
        order_id,
        product_id
    from {{ ref('fct_order_lines') }}

    where
        quantity > 0
        and not is_non_product

),

product_counts as (

    select
        order_id,
        count(*) as product_count
    from order_products

    group by order_id

),

order_sums as (

    select
        order_id,
        min(customer_id) as customer_id,
        min(ordered_at) as ordered_at,
        cast(count(*) as bigint) as line_count,
        cast(coalesce(sum(quantity) filter (
            where quantity > 0 and not is_cancelled and not is_non_product
        ), 0) as decimal(18, 4)) as unit_count,
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

    from lines

    group by order_id

),

orders as (

    select
        order_sums.*,
        cast(coalesce(product_counts.product_count, 0) as bigint) as product_count

    from order_sums

    left join product_counts
        on order_sums.order_id = product_counts.order_id

),

{{ outlier_bounds('order', 'orders', 'gross_amount') }},

judged as (

    select
        orders.*,
        cast(orders.ordered_at as date) as order_date,
        orders.gross_amount > 0 as is_purchase,
        coalesce(
            orders.gross_amount > 0
            and orders.gross_amount not between order_bounds.low and order_bounds.high, false
        ) as is_outlier

    from orders

    left join order_bounds
        on true

)

select * from judged
