{%- set horizon = var('prediction_horizon_days') -%}

with

backtests as (

    select as_of_date from {{ ref('int_recommendation_dates') }}
    where is_backtest

),

reviews as (

    select * from {{ ref('int_reviews') }}

),

customers as (

    select * from {{ ref('int_recommendation_customers') }}

),

products as (

    select * from {{ ref('int_product_trends') }}

),

rated as (

    select
        backtests.as_of_date,
        customers.customer_index,
        products.product_index,
        reviews.rating

    from backtests

    inner join reviews
        on
            reviews.reviewed_at >= backtests.as_of_date
            and reviews.reviewed_at < {{ add_days('backtests.as_of_date', horizon) }}

    inner join customers
        on
            backtests.as_of_date = customers.as_of_date
            and reviews.customer_id = customers.customer_id

    inner join products
        on
            backtests.as_of_date = products.as_of_date
            and reviews.product_id = products.product_id

    where reviews.rating is not null

    qualify row_number() over (
        partition by backtests.as_of_date, customers.customer_index, products.product_index
        order by reviews.reviewed_at desc, reviews.review_id desc
    ) = 1

)

select * from rated
