{{ config(materialized='view') }}

with

points as (

    select * from {{ ref('int_segment_points') }}

),

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}

),

fits as (

    select * from {{ ref('int_segment_centers') }}

),

current_fit as (

    select max(as_of_date) as fitted_as_of

    from as_of_dates

    {% if var('segments_fitted_as_of') -%}
    where as_of_date = cast('{{ var("segments_fitted_as_of") }}' as date)
    {%- else -%}
    where is_current
    {%- endif %}

),

-- all dates are seen with the current fit, a backtest also with its own
fits_of_dates as (

    select
        as_of_dates.as_of_date,
        as_of_dates.is_current,
        fits.fitted_as_of,
        fits.segmentation,
        fits.log_means,
        fits.log_deviations,
        fits.centers

    from as_of_dates

    cross join current_fit

    inner join fits
        on
            as_of_dates.as_of_date = fits.fitted_as_of
            or current_fit.fitted_as_of = fits.fitted_as_of

),

distances as (

    select
        points.as_of_date,
        fits_of_dates.fitted_as_of,
        points.segmentation,
        points.customer_id,
        fits_of_dates.is_current,
        {{ distances(
            standard_scores(
                'points.log_values', 'fits_of_dates.log_means', 'fits_of_dates.log_deviations'
            ),
            'fits_of_dates.centers'
        ) }} as distances

    from points

    inner join fits_of_dates
        on
            points.as_of_date = fits_of_dates.as_of_date
            and points.segmentation = fits_of_dates.segmentation
            -- the categories of interests are those of the fit's own day
            and (
                points.segmentation != 'interest'
                or points.as_of_date = fits_of_dates.fitted_as_of
            )

),

-- of equally near centers the lower segment's, which is the first
nearest as (

    select
        as_of_date,
        fitted_as_of,
        segmentation,
        customer_id,
        is_current,
        {{ element('array_sort(distances)', 1) }} as distance,
        {{ element('array_sort(distances)', 2) }} as next_distance,
        cast(array_position(distances, distance) as int) as segment

    from distances

)

select * from nearest
