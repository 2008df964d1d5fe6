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
        product_count,
        '{{ everybody() }}' as rfm_group
    from listed

    union all

    select
        listed.as_of_date,
        listed.customer_index,
        listed.product_count,
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

-- whoever bought n products finds enough new ones among the first n and so many more
final as (

    select
        grouped.as_of_date,
        grouped.rfm_group,
        grouped.customer_index,
        popular_products.product_index,
        popular_products.score

    from grouped

    inner join popular_products
        on
            grouped.as_of_date = popular_products.as_of_date
            and grouped.rfm_group = popular_products.rfm_group
            and popular_products.rank <= grouped.product_count + {{ var('candidate_count') }}

    left join bought
        on
            grouped.as_of_date = bought.as_of_date
            and grouped.customer_index = bought.customer_index
            and popular_products.product_index = bought.product_index

    where bought.product_index is null

    qualify row_number() over (
        partition by grouped.as_of_date, grouped.rfm_group, grouped.customer_index
        order by popular_products.rank
    ) <= {{ var('candidate_count') }}

)

select * from final
