{{ config(materialized='view') }}

with

candidates as (

    select * from {{ ref('int_popular_candidates') }}

),

scores as (

    select
        as_of_date,
        customer_index,
        product_index,
        score,
        cast(null as int) as reason_product_index,
        cast(null as decimal(18, 6)) as reason_share
    from candidates

    where rfm_group != '{{ everybody() }}'

)

select * from scores
