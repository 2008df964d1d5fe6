with

fits as (

    select * from {{ ref('ml_segment_fits') }}

),

carried as (

    select * from {{ ref('ml_carried_centers') }}

),

fit_dates as (

    select * from {{ ref('int_fit_dates') }}
    where is_fit_date

),

choices as (

    select * from {{ ref('int_segment_choices') }}

),

chosen as (

    select
        fits.fitted_as_of,
        fits.segmentation,
        fits.log_means,
        fits.log_deviations,
        fits.centers,
        fits.components,
        fits.component_shares

    from fits

    inner join choices
        on
            fits.fitted_as_of = choices.fitted_as_of
            and fits.segmentation = choices.segmentation
            and fits.segment_count = choices.segment_count

    union all

    -- another shop's are as they are, whatever the date
    select
        fit_dates.fitted_as_of,
        carried.segmentation,
        carried.log_means,
        carried.log_deviations,
        carried.centers,
        carried.components,
        carried.component_shares

    from carried

    cross join fit_dates

)

select * from chosen
