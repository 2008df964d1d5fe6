with

interactions as (

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
        interactions.as_of_date,
        customers.customer_index,
        products.product_index,
        cast(
            interactions.decayed_frequency
            {%- if var('use_trend') %} * sqrt(1 + products.recent_buyer_count){% endif %}
            as decimal(18, 9)
        ) as score,
        products.product_index as reason_product_index,
        1 as reason_share

    from interactions

    inner join customers
        on
            interactions.as_of_date = customers.as_of_date
            and interactions.customer_id = customers.customer_id

    inner join products
        on
            interactions.as_of_date = products.as_of_date
            and interactions.product_id = products.product_id

    where products.is_still_sold

)

select * from scores
