with

products as (

    select * from {{ ref('int_product_trends') }}

),

ranked as (

    select
        as_of_date,
        product_id,
        recent_buyer_count,
        cast(row_number() over (
            partition by as_of_date
            order by recent_buyer_count desc, buyer_count desc, product_id asc
        ) as int) as rank

    from products

    where is_still_sold

)

select * from ranked
