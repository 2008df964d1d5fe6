with

points as (

    select * from {{ ref('int_prediction_points') }}
    where sample_number <= {{ var('fit_sample_customers') }}

),

outcomes as (

    select * from {{ ref('int_customer_outcomes') }}
    where horizon_days = {{ var('prediction_horizon_days') }}

),

final as (

    select
        points.as_of_date,
        points.sample_number,
        points.customer_id,
        points.numbers,
        points.words,
        outcomes.has_purchased,
        outcomes.net_amount,
        outcomes.visit_count,
        outcomes.purchase_days_count,
        outcomes.days_to_purchase

    from points

    left join outcomes
        on
            points.as_of_date = outcomes.as_of_date
            and points.customer_id = outcomes.customer_id

)

select * from final
