{%- set named = [] -%}
{%- for words in segmentations().values() -%}
    {%- do named.extend(words | reject('in', named) | list) -%}
{%- endfor -%}

with

rfm as (

    select * from {{ ref('int_customer_rfm') }}

),

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

behavior as (

    select * from {{ ref('fct_customer_behavior') }}

),

quantities as (

    select * from {{ ref('int_customer_quantities') }}

),

interests as (

    select * from {{ ref('int_interest_points') }}

),

-- a null stands for none of it: no returns, no visits, no second purchase day
features as (

    select
        rfm.as_of_date,
        rfm.customer_id,
        rfm.recency_days,
        rfm.frequency,
        rfm.monetary_amount,
        {%- for feature in behavior_features() if feature in named %}
        coalesce(behavior.{{ feature }}, 0) as {{ feature }},
        {%- endfor %}
        coalesce(quantities.median_quantity, 0) as median_quantity,
        feature_dates.as_of_date is not null as has_behavior

    from rfm

    left join feature_dates
        on rfm.as_of_date = feature_dates.as_of_date

    left join behavior
        on
            rfm.as_of_date = behavior.as_of_date
            and rfm.customer_id = behavior.customer_id

    left join quantities
        on
            rfm.as_of_date = quantities.as_of_date
            and rfm.customer_id = quantities.customer_id

),

points as (

    {% for segmentation, words in segmentations().items() -%}
    {%- set values, log_values = [], [] -%}
    {%- for feature in words -%}
        {%- do values.append('cast(' ~ feature ~ ' as decimal(28, 6))') -%}
        {%- do log_values.append(log_amount(feature)) -%}
    {%- endfor -%}
    select
        as_of_date,
        '{{ segmentation }}' as segmentation,
        customer_id,
        {{ dbt.array_construct(values, 'decimal(28, 6)') }} as feature_values,
        {{ dbt.array_construct(log_values, 'decimal(12, 6)') }} as log_values,
        recency_days,
        frequency,
        monetary_amount
    from features
    {%- if needs_behavior(words.keys()) %}

    where has_behavior
    {%- endif %}

    union all

    {% endfor -%}
    {%- set values, log_values = [], [] -%}
    {%- for place in range(1, var('interest_categories') + 2) -%}
        {%- do values.append('cast(interests.share_' ~ place ~ ' as decimal(28, 6))') -%}
        {%- do log_values.append('cast(interests.weight_' ~ place ~ ' as decimal(12, 6))') -%}
    {%- endfor -%}
    select
        features.as_of_date,
        'interest' as segmentation,
        features.customer_id,
        {{ dbt.array_construct(values, 'decimal(28, 6)') }} as feature_values,
        {{ dbt.array_construct(log_values, 'decimal(12, 6)') }} as log_values,
        features.recency_days,
        features.frequency,
        features.monetary_amount

    from features

    inner join interests
        on
            features.as_of_date = interests.as_of_date
            and features.customer_id = interests.customer_id

)

select * from points
