{%- set horizon = var('prediction_horizon_days') -%}

with

backtests as (

    select as_of_date from {{ ref('int_recommendation_dates') }}
    where is_backtest

),

product_days as (

    select * from {{ ref('int_customer_product_days') }}
    where is_purchase_day

),

purchases as (

    select * from {{ ref('int_customer_product_purchases') }}

),

customers as (

    select * from {{ ref('int_recommendation_customers') }}
    where
        is_scored
        and product_count > 0

),

bought as (

    select distinct
        backtests.as_of_date,
        product_days.customer_id,
        product_days.product_id

    from backtests

    inner join product_days
        on
            product_days.order_date >= backtests.as_of_date
            and product_days.order_date < {{ add_days('backtests.as_of_date', horizon) }}

    union all

    select
        last_baskets.as_of_date,
        product_days.customer_id,
        product_days.product_id

    from {{ ref('int_last_baskets') }} as last_baskets

    inner join product_days
        on
            last_baskets.customer_id = product_days.customer_id
            and last_baskets.basket_date = product_days.order_date

),

relevance as (

    select
        bought.as_of_date,
        bought.customer_id,
        case when purchases.product_id is null then 'discover' else 'buy_again' end as list,
        bought.product_id

    from bought

    inner join customers
        on
            bought.as_of_date = customers.as_of_date
            and bought.customer_id = customers.customer_id

    left join purchases
        on
            bought.as_of_date = purchases.as_of_date
            and bought.customer_id = purchases.customer_id
            and bought.product_id = purchases.product_id

)

select * from relevance
