{{ config(materialized='view') }}

with

customers as (

    select * from {{ ref('int_recommendation_customers') }}

),

listed as (

    select
        as_of_date,
        customer_id,
        customer_index,
        is_current,
        is_last_basket,
        is_training,
        is_sampled,
        product_count
    from customers

    where
        is_active
        and is_scored

)

select * from listed
