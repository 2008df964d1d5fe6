with

backtests as (

    select as_of_date from {{ ref('int_recommendation_dates') }}
    where is_backtest or is_last_basket

),

methods as (

    select * from {{ ref('int_recommendation_methods') }}

),

customers as (

    select * from {{ ref('int_recommendation_customers') }}
    where
        is_scored
        and product_count > 0

),

products as (

    select * from {{ ref('int_product_trends') }}

),

outcomes as (

    select * from {{ ref('int_recommendation_outcomes') }}

),

-- the lists that people use, and every method alone
lists as (

    select
        as_of_date,
        customer_index,
        list,
        list as method,
        product_index,
        rank
    from {{ ref('int_recommendation_lists') }}

    union all

    select
        candidates.as_of_date,
        candidates.customer_index,
        methods.list,
        candidates.method,
        candidates.product_index,
        candidates.rank

    from {{ ref('int_candidates') }} as candidates

    inner join methods
        on candidates.method = methods.method

    where candidates.rank <= {{ var('recommendation_count') }}

),

final as (

    select
        lists.as_of_date,
        customers.customer_id,
        lists.list,
        lists.method,
        lists.rank,
        lists.product_index,
        outcomes.product_id is not null as is_hit

    from lists

    inner join backtests
        on lists.as_of_date = backtests.as_of_date

    inner join customers
        on
            lists.as_of_date = customers.as_of_date
            and lists.customer_index = customers.customer_index

    inner join products
        on
            lists.as_of_date = products.as_of_date
            and lists.product_index = products.product_index

    left join outcomes
        on
            lists.as_of_date = outcomes.as_of_date
            and customers.customer_id = outcomes.customer_id
            and lists.list = outcomes.list
            and products.product_id = outcomes.product_id

)

select * from final
