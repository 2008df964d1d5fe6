with

lines as (

    select
        *,
        cast(ordered_at as date) as order_date
    from {{ ref('fct_order_lines') }}

),

-- a product counts on its first day in the order; read on their own, since a CTE that is read more
-- than once is kept in memory with all its columns
order_products as (

    select
        order_id,
        product_id,
        min(cast(ordered_at as date)) as order_date
    from {{ ref('fct_order_lines') }}

    where
        quantity > 0
        and not is_cancelled
        and not is_non_product

    group by
        order_id,
        product_id

),

product_counts as (

    select
        order_id,
        order_date,
        count(*) as product_count
    from order_products

    group by
        order_id,
        order_date

),

day_sums as (

    select
        order_id,
        order_date,
        min(customer_id) as customer_id,
        min(ordered_at) as first_line_at,
        max(ordered_at) as last_line_at,
        min(case when gross_amount > 0 then ordered_at end) as first_paid_at,
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

    group by
        order_id,
        order_date

),

final as (

    select
        day_sums.*,
        cast(coalesce(product_counts.product_count, 0) as bigint) as product_count

    from day_sums

    left join product_counts
        on
            day_sums.order_id = product_counts.order_id
            and day_sums.order_date = product_counts.order_date

)

select * from final
