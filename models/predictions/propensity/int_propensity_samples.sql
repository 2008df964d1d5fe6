with

points as (

    select * from {{ ref('int_propensity_points') }}
    where sample_number <= {{ var('fit_sample_customers') }}

),

dates as (

    select * from {{ ref('int_propensity_dates') }}

),

outcomes as (

    select * from {{ ref('int_propensity_outcomes') }}

),

final as (

    select
        points.population,
        points.as_of_date,
        points.sample_number,
        points.customer_id,
        points.product_id,
        points.numbers,
        points.words,
        case when dates.is_closed then outcomes.customer_id is not null end as has_purchased

    from points

    inner join dates
        on points.as_of_date = dates.as_of_date

    left join outcomes
        on
            points.population = outcomes.population
            and points.as_of_date = outcomes.as_of_date
            and points.customer_id = outcomes.customer_id
            and points.product_id is not distinct from outcomes.product_id

)

select * from final
