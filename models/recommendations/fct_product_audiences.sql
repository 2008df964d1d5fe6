with

lists as (

    select * from {{ ref('int_served_lists') }}
    where list = 'discover'

),

customers as (

    select * from {{ ref('int_listed_customers') }}
    where is_current

),

contactable as (

    select * from {{ ref('int_contactable_customers') }}

),

trends as (

    select * from {{ ref('int_product_trends') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

named as (

    select
        lists.as_of_date,
        trends.product_id,
        customers.customer_id,
        customers.customer_index,
        lists.rank,
        lists.score,
        lists.method

    from lists

    inner join customers
        on
            lists.as_of_date = customers.as_of_date
            and lists.customer_index = customers.customer_index

    inner join contactable
        on customers.customer_id = contactable.customer_id

    inner join trends
        on
            lists.as_of_date = trends.as_of_date
            and lists.product_index = trends.product_index

),

ranked as (

    select
        *,
        cast(row_number() over (
            partition by product_id order by rank asc, score desc, customer_index asc
        ) as int) as audience_rank
    from named

    qualify audience_rank <= {{ var('audience_size') }}

),

final as (

    select
        ranked.as_of_date,
        ranked.product_id,
        ranked.audience_rank,
        products.product_name,
        ranked.customer_id,
        ranked.rank,
        ranked.score,
        ranked.method

    from ranked

    inner join products
        on ranked.product_id = products.product_id

)

select * from final
