with

features as (

    select * from {{ ref('int_customer_features') }}

),

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

-- the same customers on every date, as far as they are there: drawn by hash, not from the head
sampled as (

    select
        features.*,
        row_number() over (
            partition by features.as_of_date
            order by md5(features.customer_id), features.customer_id
        ) as sample_number

    from features

    inner join feature_dates
        on features.as_of_date = feature_dates.as_of_date

    where {{ is_fit_date('feature_dates') }}

    qualify sample_number <= {{ var('fit_sample_customers') }}

),

long as (

    {% for segmentation, features in var('segmentations').items() -%}
    {%- set last_segmentation = loop.last -%}
    {%- for feature in features -%}
    select
        as_of_date as fitted_as_of,
        '{{ segmentation }}' as segmentation,
        customer_id,
        cast({{ loop.index }} as int) as feature_number,
        '{{ feature }}' as feature,
        {{ log_amount(feature) }} as log_value,
        monetary_amount
    from sampled

    {{ 'union all' if not (last_segmentation and loop.last) }}

    {% endfor -%}
    {%- endfor %}
)

select * from long
