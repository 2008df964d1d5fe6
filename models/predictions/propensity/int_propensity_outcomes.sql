{%- set days = var('propensity_days') -%}

with

dates as (

    select as_of_date from {{ ref('int_propensity_dates') }}
    where is_closed

),

orders as (

    select * from {{ ref('int_customer_order_days') }}
    where is_purchase

),

product_days as (

    select * from {{ ref('int_customer_product_days') }}
    where is_purchase_day

),

-- bought is what the order lines say, whatever the log calls a purchase
final as (

    select distinct
        'visitors' as population,
        dates.as_of_date,
        orders.customer_id,
        cast(null as string) as product_id

    from dates

    inner join orders
        on
            orders.order_date >= dates.as_of_date
            and orders.order_date < {{ add_days('dates.as_of_date', days) }}

    union all

    select distinct
        'carts' as population,
        dates.as_of_date,
        product_days.customer_id,
        product_days.product_id

    from dates

    inner join product_days
        on
            product_days.order_date >= dates.as_of_date
            and product_days.order_date < {{ add_days('dates.as_of_date', days) }}

)

select * from final
