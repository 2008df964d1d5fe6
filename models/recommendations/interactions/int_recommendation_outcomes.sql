{%- set horizon = var('prediction_horizon_days') -%}

with

windows as (

    select as_of_date from {{ ref('int_recommendation_dates') }}
    where
        protocol = 'time_cut'
        and (is_backtest or is_training)

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
        windows.as_of_date,
        product_days.customer_id,
        product_days.product_id

    from windows

    inner join product_days
        on
            product_days.order_date >= windows.as_of_date
            and product_days.order_date < {{ add_days('windows.as_of_date', horizon) }}

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

    {%- if not var('use_recency') %}

    union all

    select distinct
        dates.as_of_date,
        product_days.customer_id,
        product_days.product_id

    from {{ ref('int_recommendation_dates') }} as dates

    inner join product_days
        on product_days.order_date < dates.known_as_of_date

    where {{ is_hidden('dates', 'product_days.customer_id', 'product_days.product_id') }}
    {%- endif %}

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
