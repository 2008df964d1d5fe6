{{ config(materialized='view') }}

with

product_days as (

    select * from {{ ref('int_customer_product_days') }}
    where is_purchase_day

),

dates as (

    select * from {{ ref('int_recommendation_dates') }}
    where is_last_basket

),

last_baskets as (

    select
        dates.as_of_date,
        product_days.customer_id,
        max(product_days.order_date) as basket_date

    from dates

    inner join product_days
        on product_days.order_date < dates.known_as_of_date

    group by
        dates.as_of_date,
        dates.known_as_of_date,
        product_days.customer_id

    -- of baskets long ago today's products and trends would say nothing
    having
        max(product_days.order_date)
        >= {{ add_days('dates.known_as_of_date', -var('prediction_horizon_days')) }}

)

select * from last_baskets
