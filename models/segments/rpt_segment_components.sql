with

fits as (

    select * from {{ ref('int_segment_centers') }}

),

features as (

    select * from {{ ref('int_segment_features') }}

),

places as (

    select 1 as component_number
    union all
    select 2

),

final as (

    select
        fits.fitted_as_of,
        fits.segmentation,
        places.component_number,
        features.feature,
        features.feature_number,
        cast(
            {{ element(
                element('fits.components', 'places.component_number'), 'features.feature_number'
            ) }} as decimal(18, 6)
        ) as loading,
        cast(
            {{ element('fits.component_shares', 'places.component_number') }} as decimal(18, 6)
        ) as variance_share

    from fits

    inner join features
        on
            fits.segmentation = features.segmentation
            and (features.fitted_as_of is null or features.fitted_as_of = fits.fitted_as_of)

    cross join places

)

select * from final
