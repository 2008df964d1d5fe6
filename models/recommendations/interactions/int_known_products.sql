{{ config(materialized='view') }}

with

known as (

    select
        as_of_date,
        customer_index,
        count(*) as known_product_count
    from {{ ref('int_interaction_matrix') }}

    where
        is_listed
        and weight > 0

    group by
        as_of_date,
        customer_index

)

select * from known
