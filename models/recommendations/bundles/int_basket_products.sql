with

lines as (

    select * from {{ ref('fct_order_lines') }}
    where
        gross_amount > 0
        and not is_non_product

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

-- a basket is what one order holds, a guest's too
baskets as (

    select distinct
        lines.order_id,
        lines.product_id

    from lines

    inner join today
        on lines.ordered_at < today.as_of_date

),

product_counts as (

    select
        product_id,
        cast(count(*) as bigint) as product_basket_count,
        cast(row_number() over (order by product_id) as int) as product_number
    from baskets

    group by product_id

),

basket_totals as (

    select cast(count(distinct order_id) as bigint) as basket_total from baskets

),

-- whole numbers join and group faster than texts
frequent as (

    select
        baskets.order_id,
        baskets.product_id,
        product_counts.product_number,
        product_counts.product_basket_count,
        basket_totals.basket_total

    from baskets

    inner join product_counts
        on baskets.product_id = product_counts.product_id

    cross join basket_totals

    where product_counts.product_basket_count >= {{ var('bundle_min_baskets') }}

)

select * from frequent
