{%- set told = {
    'frequency': 'bigint', 'recency_days': 'bigint', 'monetary_amount': 'decimal(18, 2)'
} -%}

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

-- the features, and what the sentence tells that is none of them
measures as (

    select
        fitted_as_of,
        segmentation,
        feature_number,
        feature

    from features

    {% for name in told -%}
    union all

    select
        cast(null as date) as fitted_as_of,
        segmentation,
        cast(null as int) as feature_number,
        '{{ name }}' as feature

    from features

    group by segmentation

    having count(*) filter (where feature = '{{ name }}') = 0

    {% endfor %}
),

long as (

    select
        placed.as_of_date,
        placed.fitted_as_of,
        placed.segmentation,
        placed.segment,
        placed.segment_name,
        placed.is_current,
        measures.feature_number,
        measures.feature,
        case
            {%- for name in told %}
            when measures.feature_number is null and measures.feature = '{{ name }}'
                then placed.{{ name }}
            {%- endfor %}
            else {{ element('placed.feature_values', 'measures.feature_number') }}
        end as feature_value,
        {{ element('placed.log_values', 'measures.feature_number') }} as log_value,
        placed.monetary_amount

    from placed

    inner join measures
        on
            placed.segmentation = measures.segmentation
            and (measures.fitted_as_of is null or measures.fitted_as_of = placed.fitted_as_of)

),

-- a median by counting: values and their counts fit where a list of every customer's does not
counted as (

    select
        as_of_date,
        fitted_as_of,
        segmentation,
        segment,
        segment_name,
        is_current,
        feature_number,
        feature,
        feature_value,
        count(*) as customer_count,
        count(feature_value) as value_count,
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
        feature_number,
        feature,
        feature_value

),

placed_values as (

    select
        *,
        sum(value_count) over (
            partition by as_of_date, fitted_as_of, segmentation, segment, feature
            order by feature_value nulls last
            rows between unbounded preceding and current row
        ) as values_up_to,
        sum(value_count) over (
            partition by as_of_date, fitted_as_of, segmentation, segment, feature
        ) as values_in_all

    from counted

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
        sum(customer_count) as customer_count,
        sum(revenue_amount) as revenue_amount,
        sum(feature_sum) as feature_sum,
        min(feature_value) filter (where 2 * values_up_to >= values_in_all) as feature_median,
        sum(log_sum) as log_sum

    from placed_values

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

medians as (

    select
        as_of_date,
        fitted_as_of,
        segmentation,
        segment,
        {%- for name, type in told.items() %}
        cast(max(feature_median) filter (where feature = '{{ name }}') as {{ type }}) as {{ name }},
        {%- endfor %}
        {{ ratio('max(revenue_amount)', 'max(customer_count)') }} as mean_amount

    from means

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
        {{ total('means.revenue_amount') }} as revenue_amount,
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

    where means.feature_number is not null

)

{{ without_small_cells(
    'final',
    counts=['customer_count'],
    keys=[
        'as_of_date', 'fitted_as_of', 'segmentation', 'segment', 'feature', 'segment_name',
        'is_current', 'feature_number'
    ],
    totals=[['as_of_date', 'fitted_as_of', 'segmentation', 'feature']]
) }}
