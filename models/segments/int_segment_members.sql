{{ config(materialized='view') }}

with

points as (

    select * from {{ ref('int_segment_points') }}

),

fit_dates as (

    select * from {{ ref('int_fit_dates') }}

),

fits as (

    select * from {{ ref('int_segment_centers') }}

),

current_fit as (

    select fitted_as_of from fit_dates
    where is_current

),

-- all dates are seen with the current fit, a backtest also with its own
fits_of_dates as (

    select
        fit_dates.as_of_date,
        fit_dates.is_current,
        fit_dates.fitted_as_of = fits.fitted_as_of as is_own_fit,
        fits.fitted_as_of,
        fits.segmentation,
        fits.log_means,
        fits.log_deviations,
        fits.centers

    from fit_dates

    cross join current_fit

    inner join fits
        on
            fit_dates.fitted_as_of = fits.fitted_as_of
            or current_fit.fitted_as_of = fits.fitted_as_of

),

distances as (

    select
        points.as_of_date,
        fits_of_dates.fitted_as_of,
        points.segmentation,
        points.customer_id,
        fits_of_dates.is_current,
        fits_of_dates.is_own_fit,
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
            -- the categories of interests are those of the date's own fit
            and (points.segmentation != 'interest' or fits_of_dates.is_own_fit)

),

-- of equally near centers the lower segment's, which is the first
nearest as (

    select
        as_of_date,
        fitted_as_of,
        segmentation,
        customer_id,
        is_current,
        is_own_fit,
        {{ element('array_sort(distances)', 1) }} as distance,
        {{ element('array_sort(distances)', 2) }} as next_distance,
        cast(array_position(distances, distance) as int) as segment

    from distances

)

select * from nearest
