with

members as (

    select * from {{ ref('int_segment_members') }}
    where as_of_date = fitted_as_of

),

points as (

    select * from {{ ref('int_segment_points') }}

),

features as (

    select * from {{ ref('int_segment_features') }}

),

long as (

    select
        members.fitted_as_of,
        members.segmentation,
        members.segment,
        features.feature_number,
        {{ element('points.feature_values', 'features.feature_number') }} as feature_value,
        points.monetary_amount

    from members

    inner join points
        on
            members.as_of_date = points.as_of_date
            and members.segmentation = points.segmentation
            and members.customer_id = points.customer_id

    inner join features
        on
            members.segmentation = features.segmentation
            and (features.fitted_as_of is null or features.fitted_as_of = members.fitted_as_of)

),

all_medians as (

    select
        fitted_as_of,
        segmentation,
        feature_number,
        percentile_disc(0.5) within group (order by feature_value) as all_median

    from long

    group by
        fitted_as_of,
        segmentation,
        feature_number

),

segment_medians as (

    select
        fitted_as_of,
        segmentation,
        segment,
        feature_number,
        percentile_disc(0.5) within group (order by feature_value) as feature_median,
        {{ ratio('sum(monetary_amount)', 'count(*)') }} as mean_amount

    from long

    group by
        fitted_as_of,
        segmentation,
        segment,
        feature_number

),

final as (

    select
        segment_medians.fitted_as_of,
        segment_medians.segmentation,
        segment_medians.segment,
        segment_medians.feature_number,
        segment_medians.feature_median,
        all_medians.all_median,
        segment_medians.mean_amount

    from segment_medians

    inner join all_medians
        on
            segment_medians.fitted_as_of = all_medians.fitted_as_of
            and segment_medians.segmentation = all_medians.segmentation
            and segment_medians.feature_number = all_medians.feature_number

)

select * from final
