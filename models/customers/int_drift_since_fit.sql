{#- Features are compared only where the var refit asks whether they have drifted. -#}
{%- set is_asked = var('refit') is mapping and 'on_drift' in var('refit') -%}

with

dates as (

    select
        as_of_date,
        is_current
    from {{ ref('int_as_of_dates') }}

    where
        {{ 'true' if is_asked else 'false' }}
        and (is_current or as_of_date = {{ held_date() }})

),

rfm as (

    select * from {{ ref('int_customer_rfm') }}

),

behavior as (

    select * from {{ ref('fct_customer_behavior') }}

),

feature_values as (

    {% for table, features in {'rfm': rfm_features(), 'behavior': behavior_features()}.items() -%}
    {%- set last = loop.last -%}
    {%- for feature in features -%}
    select
        '{{ feature }}' as feature,
        dates.is_current,
        cast({{ table }}.{{ feature }} as decimal(28, 9)) as value

    from dates

    inner join {{ table }}
        on dates.as_of_date = {{ table }}.as_of_date

    {{ 'union all' if not (last and loop.last) }}

    {% endfor -%}
    {%- endfor %}
),

{{ stability_indexes('feature_values', ['feature']) }},

judged as (

    select
        *,
        {{ index_by_chance('tenth_count', 'current_sum', 'earlier_sum') }} as index_by_chance
    from indexes

),

final as (

    select
        feature,
        cast(current_sum as bigint) as current_count,
        cast(earlier_sum as bigint) as earlier_count,
        cast(stability_index as decimal(18, 6)) as stability_index,
        cast(index_by_chance as decimal(18, 6)) as index_by_chance,
        least(current_sum, earlier_sum) >= {{ var('min_customers') }}
        and {{ has_moved('stability_index', 'index_by_chance') }} as has_drifted
    from judged

)

select * from final
