with

segments as (

    select * from {{ ref('fct_customer_segments') }}

),

points as (

    select * from {{ ref('int_segment_points') }}

),

features as (

    select * from {{ ref('int_segment_features') }}

),

fits as (

    select * from {{ ref('int_segment_centers') }}

),

placed as (

    select
        segments.as_of_date,
        segments.fitted_as_of,
        segments.segmentation,
        segments.segment,
        segments.segment_name,
        segments.is_current,
        points.feature_values,
        points.log_values,
        points.recency_days,
        points.frequency,
        points.monetary_amount

    from segments

    inner join points
        on
            segments.as_of_date = points.as_of_date
            and segments.segmentation = points.segmentation
            and segments.customer_id = points.customer_id

),

sizes as (

    select
        as_of_date,
        fitted_as_of,
        segmentation,
        count(*) as customer_count,
        sum(monetary_amount) as revenue_amount

    from placed

    group by
        as_of_date,
        fitted_as_of,
        segmentation

),

medians as (

    select
        as_of_date,
        fitted_as_of,
        segmentation,
        segment,
        percentile_disc(0.5) within group (order by frequency) as frequency,
        percentile_disc(0.5) within group (order by recency_days) as recency_days,
        percentile_disc(0.5) within group (order by monetary_amount) as monetary_amount,
        {{ ratio('sum(monetary_amount)', 'count(*)') }} as mean_amount

    from placed

    group by
        as_of_date,
        fitted_as_of,
        segmentation,
        segment

),

sentences as (

    select
        as_of_date,
        fitted_as_of,
        segmentation,
        segment,
        {{ medians_sentence(
            'frequency', 'recency_days', 'monetary_amount', 'mean_amount'
        ) }} as segment_sentence

    from medians

),

long as (

    select
        placed.as_of_date,
        placed.fitted_as_of,
        placed.segmentation,
        placed.segment,
        placed.segment_name,
        placed.is_current,
        features.feature_number,
        features.feature,
        {{ element('placed.feature_values', 'features.feature_number') }} as feature_value,
        {{ element('placed.log_values', 'features.feature_number') }} as log_value,
        placed.monetary_amount

    from placed

    inner join features
        on placed.segmentation = features.segmentation

),

means as (

    select
        as_of_date,
        fitted_as_of,
        segmentation,
        segment,
        segment_name,
        is_current,
        feature_number,
        feature,
        count(*) as customer_count,
        sum(monetary_amount) as revenue_amount,
        sum(feature_value) as feature_sum,
        percentile_disc(0.5) within group (order by feature_value) as feature_median,
        sum(log_value) as log_sum

    from long

    group by
        as_of_date,
        fitted_as_of,
        segmentation,
        segment,
        segment_name,
        is_current,
        feature_number,
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
        sentences.segment_sentence,
        means.is_current,
        cast(means.customer_count as bigint) as customer_count,
        {{ ratio('means.customer_count', 'sizes.customer_count') }} as customer_share,
        {{ money('means.revenue_amount', 4) }} as revenue_amount,
        {{ share_of_total('means.revenue_amount', 'sizes.revenue_amount') }} as revenue_share,
        means.feature_number,
        {{ ratio('means.feature_sum', 'means.customer_count') }} as feature_mean,
        try_cast(means.feature_median as decimal(18, 6)) as feature_median,
        cast(
            (
                cast(means.log_sum as double) / means.customer_count
                - {{ element('fits.log_means', 'means.feature_number') }}
            ) / {{ element('fits.log_deviations', 'means.feature_number') }} as decimal(18, 6)
        ) as deviations_from_all

    from means

    inner join sizes
        on
            means.as_of_date = sizes.as_of_date
            and means.fitted_as_of = sizes.fitted_as_of
            and means.segmentation = sizes.segmentation

    inner join sentences
        on
            means.as_of_date = sentences.as_of_date
            and means.fitted_as_of = sentences.fitted_as_of
            and means.segmentation = sentences.segmentation
            and means.segment = sentences.segment

    inner join fits
        on
            means.fitted_as_of = fits.fitted_as_of
            and means.segmentation = fits.segmentation

)

select * from final
