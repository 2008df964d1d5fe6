{{ config(materialized='view') }}

{#- How many deviations from the mean a feature is; where it is missing, what is filled in. -#}
{%- set standardized = {} -%}
{%- for prefix in ['', 'other_'] -%}
    {%- do standardized.update({prefix:
        'coalesce((' ~ prefix ~ 'value - ' ~ prefix ~ 'mean) / ' ~ prefix ~ 'deviation, '
        ~ prefix ~ 'fill)'
    }) -%}
{%- endfor -%}

with

champions as (

    select * from {{ ref('int_prediction_champions') }}
    where is_linear

),

coefficients as (

    select coefficients.*

    from {{ ref('ml_prediction_coefficients') }} as coefficients

    inner join champions
        on
            coefficients.task = champions.task
            and coefficients.as_of_date = champions.as_of_date
            and coefficients.method = champions.method

),

points as (

    select * from {{ ref('int_prediction_points') }}

),

term_values as (

    select
        coefficients.task,
        points.as_of_date,
        points.customer_id,
        coefficients.feature_number,
        coefficients.other_feature_number,
        coefficients.word is null as is_number,
        coefficients.coefficient,
        coefficients.center,
        coefficients.mean,
        coefficients.deviation,
        coefficients.fill,
        coefficients.other_mean,
        coefficients.other_deviation,
        coefficients.other_fill,
        case
            when coefficients.word is not null
                then case
                    when
                        {{ element('points.words', 'coefficients.feature_number') }}
                        = coefficients.word
                        then cast(1 as double)
                    else 0
                end
            when coefficients.is_missing
                then case
                    when {{ element('points.numbers', 'coefficients.feature_number') }} is null
                        then cast(1 as double)
                    else 0
                end
            else
                cast({{ element('points.numbers', 'coefficients.feature_number') }} as double)
        end as value,
        cast(
            {{ element('points.numbers', 'coefficients.other_feature_number') }} as double
        ) as other_value

    from points

    inner join coefficients
        on points.as_of_date = coefficients.as_of_date

    where coefficients.feature_number is not null

),

terms as (

    select
        task,
        as_of_date,
        customer_id,
        feature_number,
        other_feature_number,
        is_number,
        cast(
            coefficient * {{ standardized[''] }} * case
                when other_feature_number is null then 1
                else {{ standardized['other_'] }}
            end - center as decimal(18, 9)
        ) as contribution
    from term_values

)

select * from terms
