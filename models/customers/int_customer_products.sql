with

product_days as (

    select * from {{ ref('int_customer_product_days') }}

),

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

order_days as (

    select distinct order_date from product_days

),

-- a purchase is known from the first feature date after it on
known_days as (

    select
        order_days.order_date,
        min(feature_dates.as_of_date) as known_as_of_date

    from order_days

    inner join feature_dates
        on order_days.order_date < feature_dates.as_of_date

    group by order_days.order_date

),

customer_products as (

    select
        known_days.known_as_of_date,
        product_days.customer_id,
        product_days.product_id,
        product_days.product_category,
        sum(product_days.gross_amount) as gross_amount

    from product_days

    inner join known_days
        on product_days.order_date = known_days.order_date

    group by all

)

select * from customer_products
