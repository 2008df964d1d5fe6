{%- set numbers, words = [], [] -%}
{%- for feature in number_features() -%}
    {%- if feature.scale == 'log' -%}
        {%- do numbers.append(
            'case when ' ~ feature.name ~ ' is not null then ' ~ log_amount(feature.name) ~ ' end'
        ) -%}
    {%- else -%}
        {%- do numbers.append('cast(' ~ feature.name ~ ' as decimal(12, 6))') -%}
    {%- endif -%}
{%- endfor -%}
{%- for name in word_features() -%}
    {%- do words.append('cast(' ~ name ~ ' as string)') -%}
{%- endfor -%}

with

features as (

    select * from {{ ref('int_customer_features') }}

),

dates as (

    select * from {{ ref('int_prediction_dates') }}

),

scored_dates as (

    select as_of_date from dates
    where is_scored

    union distinct

    select trained_as_of as as_of_date from dates
    where is_scored

),

points as (

    select
        features.as_of_date,
        features.customer_id,
        {{ dbt.array_construct(numbers, 'decimal(12, 6)') }} as numbers,
        {{ dbt.array_construct(words or ['cast(null as string)'], 'string') }} as words

    from features

    inner join scored_dates
        on features.as_of_date = scored_dates.as_of_date

),

-- a customer is known by what they did, so that another id draws the same sample
fingerprints as (

    select
        *,
        md5(cast(numbers as string) || ' ' || cast(words as string)) as fingerprint
    from points

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

final as (

    select
        as_of_date,
        customer_id,
        numbers,
        words,
        cast(row_number() over (
            partition by as_of_date
            order by
                md5(fingerprint || ' ' || cast(alike_number as string)),
                fingerprint,
                alike_number
        ) as bigint) as sample_number
    from numbered

)

select * from final
