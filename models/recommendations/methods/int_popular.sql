with

listed as (

    select
        as_of_date,
        customer_index,
        '{{ everybody() }}' as rfm_group
    from {{ ref('int_listed_customers') }}

),

{{ popular_candidates('listed') }}

select * from scores
