with

fits as (

    select * from {{ ref('ml_segment_fits') }}

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

)

select * from chosen
