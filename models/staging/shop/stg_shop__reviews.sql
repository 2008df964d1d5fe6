{{ config(materialized='view') }}

with

reviews as (

    select * from {{ ref('base_shop__reviews') }}

),

clean as (

    select
        review_id,
        rating,
        reviewed_at,
        customer_id,
        product_id,
        order_id,
        review_text,
        attributes,
        restricted_attributes

    from reviews

    where rejection_reason is null

)

select * from clean
