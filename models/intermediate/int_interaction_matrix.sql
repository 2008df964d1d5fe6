with

interactions as (

    select * from {{ ref('int_interactions') }}

),

customers as (

    select * from {{ ref('int_recommendation_customers') }}

),

products as (

    select * from {{ ref('int_product_trends') }}

),

matrix as (

    select
        interactions.as_of_date,
        customers.customer_index,
        products.product_index,
        cast({{ decay(
            days_between('interactions.last_purchase_date', 'interactions.as_of_date'),
            var('profile_half_life_days')
        ) }} as double) as weight,
        customers.is_active and customers.is_scored as is_listed

    from interactions

    inner join customers
        on
            interactions.as_of_date = customers.as_of_date
            and interactions.customer_id = customers.customer_id

    inner join products
        on
            interactions.as_of_date = products.as_of_date
            and interactions.product_id = products.product_id

)

select * from matrix
