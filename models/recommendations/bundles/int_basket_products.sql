with

lines as (

    select * from {{ ref('int_basket_lines') }}

),

names as (

    select
        product_id,
        product_name
    from {{ ref('stg_shop__products') }}

),

baskets as (

    select distinct
        order_id,
        product_id
    from lines

),

-- whole numbers join and group faster than texts
orders as (

    select
        order_id,
        cast(row_number() over (order by order_id) as int) as order_number,
        cast(count(*) over () as bigint) as basket_total
    from baskets

    group by order_id

),

counts as (

    select
        product_id,
        cast(count(*) as bigint) as product_basket_count
    from baskets

    group by product_id

    having count(*) >= {{ var('bundle_min_baskets') }}

),

-- what is in more baskets stands first in a bundle of several
products as (

    select
        counts.product_id,
        counts.product_basket_count,
        cast(row_number() over (
            order by
                counts.product_basket_count desc,
                names.product_name asc nulls last,
                counts.product_id asc
        ) as int) as product_number

    from counts

    left join names
        on counts.product_id = names.product_id

),

frequent as (

    select
        orders.order_number,
        products.product_id,
        products.product_number,
        products.product_basket_count,
        orders.basket_total

    from baskets

    inner join orders
        on baskets.order_id = orders.order_id

    inner join products
        on baskets.product_id = products.product_id

)

select * from frequent
