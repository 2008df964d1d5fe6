with

today as (

    select as_of_date from {{ ref('int_recommendation_dates') }}
    where is_current

),

factors as (

    select factors.*

    from {{ ref('ml_factors') }} as factors

    inner join today
        on factors.as_of_date = today.as_of_date

),

customers as (

    select * from {{ ref('int_recommendation_customers') }}

),

products as (

    select * from {{ ref('int_product_trends') }}

),

final as (

    select
        factors.as_of_date,
        factors.entity,
        customers.customer_id as entity_id,
        factors.factors

    from factors

    inner join customers
        on
            factors.as_of_date = customers.as_of_date
            and factors.entity_index = customers.customer_index

    where factors.entity = 'customer'

    union all

    select
        factors.as_of_date,
        factors.entity,
        products.product_id as entity_id,
        factors.factors

    from factors

    inner join products
        on
            factors.as_of_date = products.as_of_date
            and factors.entity_index = products.product_index

    where factors.entity = 'product'

)

select * from final
