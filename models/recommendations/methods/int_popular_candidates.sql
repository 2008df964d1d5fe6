with

popular_products as (

    select * from {{ ref('int_popular_products') }}

),

listed as (

    select * from {{ ref('int_listed_customers') }}

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

group_method as (

    select bool_or(is_on_list) as is_on_list from {{ ref('int_recommendation_methods') }}
    where model = 'int_popular_in_group'

),

bought as (

    select
        as_of_date,
        customer_index,
        product_index
    from {{ ref('int_interaction_matrix') }}

    where
        is_listed
        and is_bought

),

grouped as (

    select
        as_of_date,
        customer_index,
        '{{ everybody() }}' as rfm_group
    from listed

    union all

    select
        listed.as_of_date,
        listed.customer_index,
        rfm.rfm_group

    from listed

    inner join rfm
        on
            listed.as_of_date = rfm.as_of_date
            and listed.customer_id = rfm.customer_id

    cross join group_method

    where
        listed.is_sampled
        or group_method.is_on_list

),

bought_ranks as (

    select
        grouped.as_of_date,
        grouped.rfm_group,
        grouped.customer_index,
        popular_products.rank,
        row_number() over (
            partition by grouped.as_of_date, grouped.rfm_group, grouped.customer_index
            order by popular_products.rank
        ) as bought_number

    from bought

    inner join grouped
        on
            bought.as_of_date = grouped.as_of_date
            and bought.customer_index = grouped.customer_index

    inner join popular_products
        on
            grouped.as_of_date = popular_products.as_of_date
            and grouped.rfm_group = popular_products.rfm_group
            and bought.product_index = popular_products.product_index

),

-- a bought product is passed where fewer new ones than are asked for stand before it
passed as (

    select
        as_of_date,
        rfm_group,
        customer_index,
        count(*) as passed_count
    from bought_ranks

    where rank - bought_number < {{ var('candidate_count') }}

    group by
        as_of_date,
        rfm_group,
        customer_index

),

reaches as (

    select
        grouped.as_of_date,
        grouped.rfm_group,
        grouped.customer_index,
        {{ var('candidate_count') }} + coalesce(passed.passed_count, 0) as reach

    from grouped

    left join passed
        on
            grouped.as_of_date = passed.as_of_date
            and grouped.rfm_group = passed.rfm_group
            and grouped.customer_index = passed.customer_index

),

distinct_reaches as (

    select distinct
        as_of_date,
        rfm_group,
        reach
    from reaches

),

reached_products as (

    select
        distinct_reaches.as_of_date,
        distinct_reaches.rfm_group,
        distinct_reaches.reach,
        popular_products.product_index,
        popular_products.score

    from distinct_reaches

    inner join popular_products
        on
            distinct_reaches.as_of_date = popular_products.as_of_date
            and distinct_reaches.rfm_group = popular_products.rfm_group
            and distinct_reaches.reach >= popular_products.rank

),

final as (

    select
        reaches.as_of_date,
        reaches.rfm_group,
        reaches.customer_index,
        reached_products.product_index,
        reached_products.score

    from reaches

    inner join reached_products
        on
            reaches.as_of_date = reached_products.as_of_date
            and reaches.rfm_group = reached_products.rfm_group
            and reaches.reach = reached_products.reach

    left join bought
        on
            reaches.as_of_date = bought.as_of_date
            and reaches.customer_index = bought.customer_index
            and reached_products.product_index = bought.product_index

    where bought.product_index is null

)

select * from final
