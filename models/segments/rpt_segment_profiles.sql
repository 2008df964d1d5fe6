with

segments as (

    select * from {{ ref('fct_customer_segments') }}

),

features as (

    select * from {{ ref('int_customer_features') }}

),

scaling as (

    select distinct
        fitted_as_of,
        segmentation,
        feature_number,
        feature,
        log_mean,
        log_deviation
    from {{ ref('int_segment_centers') }}

),

sizes as (

    select
        as_of_date,
        fitted_as_of,
        segmentation,
        count(*) as customer_count

    from segments

    group by
        as_of_date,
        fitted_as_of,
        segmentation

),

long as (

    {% for segmentation, features in var('segmentations').items() -%}
    {%- set last_segmentation = loop.last -%}
    {%- for feature in features -%}
    select
        segments.as_of_date,
        segments.fitted_as_of,
        segments.segmentation,
        segments.segment,
        segments.segment_name,
        segments.is_current,
        '{{ feature }}' as feature,
        cast(features.{{ feature }} as decimal(18, 6)) as feature_value,
        {{ log_amount('features.' ~ feature) }} as log_value,
        features.monetary_amount

    from segments

    inner join features
        on
            segments.as_of_date = features.as_of_date
            and segments.customer_id = features.customer_id

    where segments.segmentation = '{{ segmentation }}'

    {{ 'union all' if not (last_segmentation and loop.last) }}

    {% endfor -%}
    {%- endfor %}
),

means as (

    select
        as_of_date,
        fitted_as_of,
        segmentation,
        segment,
        segment_name,
        is_current,
        feature,
        count(*) as customer_count,
        sum(monetary_amount) as revenue_amount,
        sum(feature_value) as feature_sum,
        sum(log_value) as log_sum

    from long

    group by
        as_of_date,
        fitted_as_of,
        segmentation,
        segment,
        segment_name,
        is_current,
        feature

),

final as (

    select
        means.as_of_date,
        means.fitted_as_of,
        means.segmentation,
        means.segment,
        means.feature,
        means.segment_name,
        means.is_current,
        cast(means.customer_count as bigint) as customer_count,
        {{ ratio('means.customer_count', 'sizes.customer_count') }} as customer_share,
        {{ money('means.revenue_amount') }} as revenue_amount,
        {{ ratio(
            'means.revenue_amount',
            'sum(means.revenue_amount) over (partition by means.as_of_date, means.fitted_as_of,'
            ~ ' means.segmentation, means.feature)'
        ) }} as revenue_share,
        cast(scaling.feature_number as int) as feature_number,
        {{ ratio('means.feature_sum', 'means.customer_count') }} as feature_mean,
        cast(
            (cast(means.log_sum as double) / means.customer_count - scaling.log_mean)
            / scaling.log_deviation as decimal(18, 6)
        ) as deviations_from_all

    from means

    inner join sizes
        on
            means.as_of_date = sizes.as_of_date
            and means.fitted_as_of = sizes.fitted_as_of
            and means.segmentation = sizes.segmentation

    inner join scaling
        on
            means.fitted_as_of = scaling.fitted_as_of
            and means.segmentation = scaling.segmentation
            and means.feature = scaling.feature

)

select * from final
