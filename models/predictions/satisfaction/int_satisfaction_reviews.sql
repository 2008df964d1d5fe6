with

reviews as (

    select * from {{ ref('int_review_sentiment') }}

),

review_products as (

    select * from {{ ref('int_review_products') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

-- of two products of one category a review counts once for the category
final as (

    select
        'shop' as level,
        '' as group_key,
        review_id
    from reviews

    union all

    select
        'product' as level,
        product_id as group_key,
        review_id
    from review_products

    union all

    select distinct
        'category' as level,
        products.category as group_key,
        review_products.review_id

    from review_products

    inner join products
        on review_products.product_id = products.product_id

    where products.category is not null

)

select * from final
