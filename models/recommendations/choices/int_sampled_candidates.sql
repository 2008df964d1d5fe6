with

customers as (

    select
        as_of_date,
        customer_index
    from {{ ref('int_listed_customers') }}

    where is_sampled

),

asked as (

    select
        dates.as_of_date,
        methods.method

    from {{ ref('int_recommendation_dates') }} as dates

    cross join {{ ref('int_recommendation_methods') }} as methods

),

{{ scaled_candidates(ref('ml_neighbor_scores')) }}

select * from scaled_candidates
