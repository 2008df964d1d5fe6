with

customers as (

    select * from {{ ref('int_listed_customers') }}

),

buy_again as (

    select * from {{ ref('int_buy_again') }}

),

discover as (

    select * from {{ ref('int_discover') }}

),

popular_products as (

    select * from {{ ref('int_popular_products') }}
    where rank <= {{ var('recommendation_count') }}

),

interactions as (

    select * from {{ ref('int_interactions') }}

),

-- who has nothing to learn from is offered what others buy
without_discoveries as (

    select
        customers.as_of_date,
        customers.customer_id

    from customers

    left join discover
        on
            customers.as_of_date = discover.as_of_date
            and customers.customer_id = discover.customer_id
            and discover.rank = 1

    where discover.customer_id is null

),

popular as (

    select
        without_discoveries.as_of_date,
        without_discoveries.customer_id,
        cast(row_number() over (
            partition by without_discoveries.as_of_date, without_discoveries.customer_id
            order by popular_products.rank
        ) as int) as rank,
        popular_products.product_id,
        popular_products.recent_buyer_count

    from without_discoveries

    inner join popular_products
        on without_discoveries.as_of_date = popular_products.as_of_date

    left join interactions
        on
            without_discoveries.as_of_date = interactions.as_of_date
            and without_discoveries.customer_id = interactions.customer_id
            and popular_products.product_id = interactions.product_id

    where interactions.product_id is null

),

lists as (

    select
        as_of_date,
        customer_id,
        'buy_again' as list,
        rank,
        product_id,
        score,
        'personal_frequency' as method,
        product_id as reason_product_id,
        cast(1 as decimal(18, 6)) as reason_share,
        purchase_days_count,
        last_purchase_date,
        cast(null as bigint) as recent_buyer_count
    from buy_again

    union all

    select
        as_of_date,
        customer_id,
        'discover' as list,
        rank,
        product_id,
        score,
        'item_cosine' as method,
        reason_product_id,
        reason_share,
        cast(null as bigint) as purchase_days_count,
        cast(null as date) as last_purchase_date,
        cast(null as bigint) as recent_buyer_count
    from discover

    union all

    select
        as_of_date,
        customer_id,
        'discover' as list,
        rank,
        product_id,
        cast(recent_buyer_count as decimal(18, 9)) as score,
        'popular' as method,
        cast(null as string) as reason_product_id,
        cast(null as decimal(18, 6)) as reason_share,
        cast(null as bigint) as purchase_days_count,
        cast(null as date) as last_purchase_date,
        recent_buyer_count
    from popular

)

select * from lists
