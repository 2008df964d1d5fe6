with

purchases as (

    select * from {{ ref('int_customer_product_purchases') }}

),

customers as (

    select * from {{ ref('int_listed_customers') }}

),

products as (

    select * from {{ ref('int_product_trends') }}

),

scores as (

    select
        purchases.as_of_date,
        customers.customer_index,
        products.product_index,
        cast(
            purchases.decayed_frequency
            {%- if var('use_recency') %} * sqrt(1 + products.recent_buyer_count){% endif %}
            as decimal(18, 9)
        ) as score,
        products.product_index as reason_product_index,
        1 as reason_share

    from purchases

    inner join customers
        on
            purchases.as_of_date = customers.as_of_date
            and purchases.customer_id = customers.customer_id

    inner join products
        on
            purchases.as_of_date = products.as_of_date
            and purchases.product_id = products.product_id

    where products.is_still_sold

)

select * from scores
