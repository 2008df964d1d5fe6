{{ config(materialized='view') }}

with

candidates as (

    select * from {{ ref('int_candidates') }}

),

lists as (

    select * from {{ ref('int_recommendation_lists') }}

),

sampled as (

    select * from {{ ref('int_listed_customers') }}
    where is_sampled

),

shown as (

    select
        candidates.as_of_date,
        candidates.method,
        candidates.customer_index,
        candidates.product_index,
        candidates.score,
        candidates.rank,
        candidates.reason_product_index,
        candidates.reason_share,
        lists.list,
        lists.rank as list_rank,
        lists.score as list_score,
        sampled.customer_index is not null as is_sampled

    from candidates

    left join lists
        on
            candidates.as_of_date = lists.as_of_date
            and candidates.customer_index = lists.customer_index
            and candidates.product_index = lists.product_index
            and candidates.method = lists.method

    left join sampled
        on
            candidates.as_of_date = sampled.as_of_date
            and candidates.customer_index = sampled.customer_index

    where
        lists.product_index is not null
        or sampled.customer_index is not null

)

select * from shown
