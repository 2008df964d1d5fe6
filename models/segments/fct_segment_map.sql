{#- as many dots as a picture holds; all of a small shop -#}
{%- set drawn_customers = 1000 -%}

with

segments as (

    select * from {{ ref('fct_customer_segments') }}
    where is_current

),

points as (

    select * from {{ ref('int_segment_points') }}

),

fits as (

    select * from {{ ref('int_segment_centers') }}

),

placed as (

    select
        segments.as_of_date,
        segments.segmentation,
        segments.customer_id,
        segments.segment,
        segments.segment_name,
        points.log_values,
        {{ standard_scores(
            'points.log_values', 'fits.log_means', 'fits.log_deviations'
        ) }} as scores,
        fits.components

    from segments

    inner join points
        on
            segments.as_of_date = points.as_of_date
            and segments.segmentation = points.segmentation
            and segments.customer_id = points.customer_id

    inner join fits
        on
            segments.fitted_as_of = fits.fitted_as_of
            and segments.segmentation = fits.segmentation

),

-- drawn by a hash of where they stand, so that another id draws the same picture
drawn as (

    select *

    from placed

    qualify row_number() over (
        partition by segmentation
        order by md5(cast(log_values as string)), customer_id
    ) <= {{ drawn_customers }}

),

final as (

    select
        as_of_date,
        segmentation,
        customer_id,
        segment,
        segment_name,
        cast(
            {{ dot_product('scores', element('components', 1)) }} as decimal(18, 6)
        ) as first_component,
        cast(
            {{ dot_product('scores', element('components', 2)) }} as decimal(18, 6)
        ) as second_component

    from drawn

)

select * from final
