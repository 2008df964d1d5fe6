with

reviews as (

    select * from {{ ref('int_review_sentiment') }}

),

lines as (

    select * from {{ ref('fct_order_lines') }}

),

-- a review of a product is about that product, one of an order about every product of it
of_products as (

    select
        review_id,
        product_id
    from reviews

    where product_id is not null

    union all

    select distinct
        reviews.review_id,
        lines.product_id

    from reviews

    inner join lines
        on reviews.order_id = lines.order_id

    where
        reviews.product_id is null
        and not lines.is_non_product
        and lines.ordered_at < reviews.as_of_date

)

select * from of_products
