with

reviews as (

    select * from {{ ref('stg_shop__reviews') }}

),

orders as (

    select * from {{ ref('int_orders') }}

),

final as (

    select
        reviews.review_id,
        coalesce(reviews.customer_id, orders.customer_id) as customer_id,
        reviews.product_id,
        reviews.order_id,
        reviews.reviewed_at,
        reviews.rating

    from reviews

    left join orders
        on reviews.order_id = orders.order_id

)

select * from final
