with

customers as (

    select * from {{ ref('int_listed_customers') }}
    where {{ 'true' if var('ignored_discount') else 'false' }}

),

events as (

    select * from {{ ref('int_events') }}
    where product_id is not null

),

products as (

    select * from {{ ref('int_product_trends') }}

),

-- what was shown lately, and is not turned to in any other way
final as (

    select
        customers.as_of_date,
        customers.customer_index,
        products.product_index,
        count(*) as ignored_count

    from customers

    inner join events
        on
            customers.customer_id = events.customer_id
            and events.known_at < customers.as_of_date
            and events.occurred_at
            >= {{ add_days('customers.as_of_date', -var('comparison_days')) }}

    inner join products
        on
            customers.as_of_date = products.as_of_date
            and events.product_id = products.product_id

    group by
        customers.as_of_date,
        customers.customer_index,
        products.product_index

    having bool_and(events.event_type = 'impression')

)

select * from final
