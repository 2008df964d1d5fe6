with

points as (

    select * from {{ ref('int_segment_points') }}

),

fit_dates as (

    select * from {{ ref('int_fit_dates') }}
    where is_fit_date

),

-- a customer is known by where they stand, so that another id draws the same sample
fingerprints as (

    select
        points.as_of_date as fitted_as_of,
        points.segmentation,
        points.customer_id,
        points.log_values,
        points.monetary_amount,
        {{ fingerprint(['points.log_values', 'points.monetary_amount']) }} as fingerprint

    from points

    inner join fit_dates
        on points.as_of_date = fit_dates.as_of_date

    where points.segmentation not like 'carried_%'

),

-- of customers who are alike it does not matter which is drawn, but how many are
numbered as (

    select
        *,
        row_number() over (
            partition by fitted_as_of, segmentation, fingerprint
            order by customer_id
        ) as alike_number

    from fingerprints

),

-- drawn by hash, not from the head
sampled as (

    select
        fitted_as_of,
        segmentation,
        customer_id,
        log_values,
        monetary_amount

    from numbered

    qualify row_number() over (
        partition by fitted_as_of, segmentation
        order by {{ draw_order() }}
    ) <= {{ var('fit_sample_customers') }}

)

select * from sampled
