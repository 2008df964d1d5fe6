with

backtests as (

    select as_of_date from {{ ref('int_recommendation_dates') }}
    where is_backtest or is_last_basket

),

interactions as (

    select * from {{ ref('int_customer_product_purchases') }}

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

popular_products as (

    select * from {{ ref('int_popular_products') }}
    where
        rfm_group = '{{ everybody() }}'
        and rank <= 10 * {{ var('recommendation_count') }}

),

published as (

    select * from {{ ref('int_recommendation_lists') }}

),

candidates as (

    select * from {{ ref('int_candidates') }}
    where
        method != 'popular'
        and rank <= {{ var('recommendation_count') }}

),

relevance as (

    select * from {{ ref('int_recommendation_outcomes') }}

),

-- the rules to beat: how often the customer bought it; what others bought lately
frequency_rule as (

    select
        interactions.as_of_date,
        interactions.customer_id,
        'buy_again' as list,
        'frequency' as method,
        interactions.product_id,
        row_number() over (
            partition by interactions.as_of_date, interactions.customer_id
            order by
                interactions.purchase_days_count desc,
                products.buyer_count desc,
                interactions.product_id asc
        ) as rank

    from interactions

    inner join customers
        on
            interactions.as_of_date = customers.as_of_date
            and interactions.customer_id = customers.customer_id

    inner join products
        on
            interactions.as_of_date = products.as_of_date
            and interactions.product_id = products.product_id

    inner join backtests
        on interactions.as_of_date = backtests.as_of_date

),

popularity_rule as (

    select
        customers.as_of_date,
        customers.customer_id,
        'discover' as list,
        'popular' as method,
        popular_products.product_id,
        row_number() over (
            partition by customers.as_of_date, customers.customer_id
            order by popular_products.rank
        ) as rank

    from customers

    inner join backtests
        on customers.as_of_date = backtests.as_of_date

    inner join popular_products
        on customers.as_of_date = popular_products.as_of_date

    left join interactions
        on
            customers.as_of_date = interactions.as_of_date
            and customers.customer_id = interactions.customer_id
            and popular_products.product_id = interactions.product_id

    where interactions.product_id is null

),

lists as (

    select
        published.as_of_date,
        published.customer_id,
        published.list,
        published.list as method,
        published.product_id,
        published.rank
    from published

    inner join backtests
        on published.as_of_date = backtests.as_of_date

    union all

    select
        candidates.as_of_date,
        customers.customer_id,
        case
            when candidates.method in ({{ text_list(personal_methods()) }}) then 'buy_again'
            else 'discover'
        end as list,
        candidates.method,
        products.product_id,
        candidates.rank

    from candidates

    inner join backtests
        on candidates.as_of_date = backtests.as_of_date

    inner join customers
        on
            candidates.as_of_date = customers.as_of_date
            and candidates.customer_index = customers.customer_index

    inner join products
        on
            candidates.as_of_date = products.as_of_date
            and candidates.product_index = products.product_index

    union all

    select
        as_of_date,
        customer_id,
        list,
        method,
        product_id,
        rank
    from frequency_rule
    where rank <= {{ var('recommendation_count') }}

    union all

    select
        as_of_date,
        customer_id,
        list,
        method,
        product_id,
        rank
    from popularity_rule
    where rank <= {{ var('recommendation_count') }}

),

final as (

    select
        lists.as_of_date,
        lists.customer_id,
        lists.list,
        lists.method,
        cast(lists.rank as int) as rank,
        lists.product_id,
        relevance.product_id is not null as is_hit

    from lists

    inner join customers
        on
            lists.as_of_date = customers.as_of_date
            and lists.customer_id = customers.customer_id

    left join relevance
        on
            lists.as_of_date = relevance.as_of_date
            and lists.customer_id = relevance.customer_id
            and lists.list = relevance.list
            and lists.product_id = relevance.product_id

)

select * from final
