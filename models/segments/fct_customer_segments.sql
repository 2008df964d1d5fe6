{%- set segments = range(1, var('max_segments') + 1) -%}

with

features as (

    select * from {{ ref('int_customer_features') }}

),

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}

),

centers as (

    select * from {{ ref('int_segment_centers') }}

),

names as (

    select * from {{ ref('int_segment_names') }}

),

fits as (

    select distinct fitted_as_of from centers

),

current_fit as (

    select max(as_of_dates.as_of_date) as fitted_as_of

    from as_of_dates

    {% if var('segments_fitted_as_of') -%}
    where as_of_dates.as_of_date = cast('{{ var("segments_fitted_as_of") }}' as date)
    {%- else -%}
    where as_of_dates.is_current
    {%- endif %}

),

-- all dates are seen with the current fit, a backtest also with its own
fit_dates as (

    select
        as_of_dates.as_of_date,
        as_of_dates.is_current,
        fits.fitted_as_of

    from as_of_dates

    cross join current_fit

    inner join fits
        on
            as_of_dates.as_of_date = fits.fitted_as_of
            or current_fit.fitted_as_of = fits.fitted_as_of

),

{% for segmentation, features in var('segmentations').items() -%}
{{ segmentation }}_centers as (

    select
        fitted_as_of
        {%- for feature in features %},
        max(case when feature = '{{ feature }}' then log_mean end) as {{ feature }}_mean,
        max(case when feature = '{{ feature }}' then log_deviation end) as {{ feature }}_deviation
        {%- for segment in segments %},
        max(
            case when feature = '{{ feature }}' and segment = {{ segment }} then center end
        ) as {{ feature }}_{{ segment }}
        {%- endfor %}
        {%- endfor %}

    from centers

    where segmentation = '{{ segmentation }}'

    group by fitted_as_of

),

{{ segmentation }}_points as (

    select
        features.as_of_date,
        fit_dates.is_current,
        fit_dates.fitted_as_of,
        features.customer_id
        {%- for feature in features %},
        ({{ log_amount('features.' ~ feature) }} - centers.{{ feature }}_mean)
        / centers.{{ feature }}_deviation as {{ feature }}
        {%- for segment in segments %},
        centers.{{ feature }}_{{ segment }}
        {%- endfor %}
        {%- endfor %}

    from features

    inner join fit_dates
        on features.as_of_date = fit_dates.as_of_date

    inner join {{ segmentation }}_centers as centers
        on fit_dates.fitted_as_of = centers.fitted_as_of
    {%- if needs_behavior(features.keys()) %}

    where features.has_behavior
    {%- endif %}

),

{{ segmentation }}_distances as (

    select
        as_of_date,
        is_current,
        fitted_as_of,
        '{{ segmentation }}' as segmentation,
        customer_id
        {%- for segment in segments %},
        cast(
            sqrt(
                {%- for feature in features %}
                {{ '+ ' if not loop.first }}power({{ feature }} - {{ feature }}_{{ segment }}, 2)
                {%- endfor %}
            ) as decimal(18, 9)
        ) as distance_{{ segment }}
        {%- endfor %}

    from {{ segmentation }}_points

),

{% endfor -%}

distances as (

    {% for segmentation in var('segmentations') -%}
    select * from {{ segmentation }}_distances
    {{ 'union all' if not loop.last }}

    {% endfor %}
),

-- the nearest center; of equally near ones the lower segment's
nearest as (

    select
        *,
        cast(case least(
            {%- for segment in segments %}
            distance_{{ segment }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
            {%- for segment in segments %}
            when distance_{{ segment }} then {{ segment }}
            {%- endfor %}
        end as int) as segment

    from distances

),

next_nearest as (

    select
        as_of_date,
        is_current,
        fitted_as_of,
        segmentation,
        customer_id,
        segment,
        case segment
            {%- for segment in segments %}
            when {{ segment }} then distance_{{ segment }}
            {%- endfor %}
        end as distance,
        least(
            {%- for segment in segments %}
            case
                when segment != {{ segment }} then distance_{{ segment }}
            end{{ ',' if not loop.last }}
            {%- endfor %}
        ) as next_distance

    from nearest

),

final as (

    select
        next_nearest.as_of_date,
        next_nearest.fitted_as_of,
        next_nearest.segmentation,
        next_nearest.customer_id,
        next_nearest.is_current,
        next_nearest.segment,
        names.segment_name,
        next_nearest.distance,
        next_nearest.next_distance

    from next_nearest

    inner join names
        on
            next_nearest.fitted_as_of = names.fitted_as_of
            and next_nearest.segmentation = names.segmentation
            and next_nearest.segment = names.segment

)

select * from final
