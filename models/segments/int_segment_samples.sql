with

points as (

    select * from {{ ref('int_segment_points') }}

),

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

-- the same customers on every date, as far as they are there: drawn by hash, not from the head
sampled as (

    select
        points.as_of_date as fitted_as_of,
        points.segmentation,
        points.customer_id,
        points.log_values,
        points.monetary_amount

    from points

    inner join feature_dates
        on points.as_of_date = feature_dates.as_of_date

    where {{ is_fit_date('feature_dates') }}

    qualify row_number() over (
        partition by points.as_of_date, points.segmentation
        order by md5(points.customer_id), points.customer_id
    ) <= {{ var('fit_sample_customers') }}

)

select * from sampled
