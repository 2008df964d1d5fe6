{%- set numbers, words = scaled_features(number_features(), 'features'), [] -%}
{%- for name in word_features() -%}
    {%- do words.append('cast(features.' ~ name ~ ' as string)') -%}
{%- endfor -%}

{%- set told_apart_by = [
    'features.recency_days', 'features.frequency', 'features.monetary_amount',
    'features.purchase_days_count', 'features.tenure_days', 'features.average_gap_days',
    'features.average_order_amount', 'features.units_per_order', 'features.distinct_product_count',
    'features.recent_spend_amount', 'features.comparison_spend_amount', 'features.visit_count',
    'features.days_since_last_visit'
] -%}

with

features as (

    select * from {{ ref('int_customer_features') }}

),

dates as (

    select * from {{ ref('int_prediction_dates') }}
    where task in ({{ customer_tasks() }})

),

scored_dates as (

    select
        as_of_date,
        bool_or(is_published) as is_published

    from (
        select
            as_of_date,
            is_published
        from dates

        where is_scored

        union all

        select
            trained_as_of as as_of_date,
            false as is_published
        from dates

        where is_scored
    ) as named

    group by as_of_date

),

-- a customer is known by what they did, so that another id draws the same sample
fingerprints as (

    select
        features.as_of_date,
        features.customer_id,
        scored_dates.is_published,
        {{ fingerprint(told_apart_by) }} as fingerprint

    from features

    inner join scored_dates
        on features.as_of_date = scored_dates.as_of_date

),

numbered as (

    select
        *,
        row_number() over (
            partition by as_of_date, fingerprint
            order by customer_id
        ) as alike_number
    from fingerprints

),

drawn as (

    select
        as_of_date,
        customer_id,
        is_published,
        cast(row_number() over (
            partition by as_of_date
            order by {{ draw_order() }}
        ) as bigint) as sample_number
    from numbered

),

-- only published dates need everybody
final as (

    select
        features.as_of_date,
        features.customer_id,
        {{ dbt.array_construct(numbers, 'decimal(12, 6)') }} as numbers,
        {{ dbt.array_construct(words or ['cast(null as string)'], 'string') }} as words,
        drawn.sample_number

    from features

    inner join drawn
        on
            features.as_of_date = drawn.as_of_date
            and features.customer_id = drawn.customer_id

    where
        drawn.is_published
        or drawn.sample_number <= {{ var('fit_sample_customers') }}

)

select * from final
