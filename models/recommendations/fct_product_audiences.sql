with

lists as (

    select * from {{ ref('int_recommendation_lists') }}
    where list = 'discover'

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

products as (

    select * from {{ ref('dim_products') }}

),

ranked as (

    select
        lists.as_of_date,
        lists.product_id,
        cast(row_number() over (
            partition by lists.product_id
            order by lists.rank asc, lists.score desc, lists.customer_id asc
        ) as int) as audience_rank,
        lists.customer_id,
        lists.rank,
        lists.score,
        lists.method

    from lists

    inner join today
        on lists.as_of_date = today.as_of_date

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

    where ranked.audience_rank <= {{ var('audience_size') }}

)

select * from final
