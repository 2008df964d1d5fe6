{#-
    CTEs that say how far values have moved from an earlier date to today, the last of them `indexes`:
    the population stability index of how the shares of the earlier tenths have changed (Siddiqi 2006,
    Credit risk scorecards), with half a row more in each, so that none is without. `values` names a
    CTE of the keys, is_current and value.
-#}
{% macro stability_indexes(values, keys) -%}
{%- set tenths = range(1, 10) | list -%}
bounds as (

    select
        {{ keys | join(',\n        ') }}
        {%- for tenth in tenths %},
        percentile_disc({{ tenth / 10 }}) within group (order by value) as bound_{{ tenth }}
        {%- endfor %}
    from {{ values }}

    where not is_current

    group by
        {{ keys | join(',\n        ') }}

),

tenths as (

    select
        {% for key in keys -%}
        {{ values }}.{{ key }},
        {% endfor -%}
        1
        {%- for tenth in tenths %}
        + case when {{ values }}.value > bounds.bound_{{ tenth }} then 1 else 0 end
        {%- endfor %} as tenth,
        count(*) filter (where {{ values }}.is_current) as current_count,
        count(*) filter (where not {{ values }}.is_current) as earlier_count

    from {{ values }}

    inner join bounds
        on
            {%- for key in keys %}
            {{ 'and ' if not loop.first }}{{ values }}.{{ key }} = bounds.{{ key }}
            {%- endfor %}

    where {{ values }}.value is not null

    group by all

),

shares as (

    select
        *,
        sum(current_count) over of_value as current_sum,
        sum(earlier_count) over of_value as earlier_sum,
        count(*) over of_value as tenth_count
    from tenths

    window of_value as (partition by {{ keys | join(', ') }})

),

indexes as (

    select
        {{ keys | join(',\n        ') }},
        tenth_count,
        current_sum,
        earlier_sum,
        sum(cast(
            (
                (current_count + 0.5) / cast(current_sum + 0.5 * tenth_count as double)
                - (earlier_count + 0.5) / cast(earlier_sum + 0.5 * tenth_count as double)
            ) * ln(
                (current_count + 0.5) / cast(current_sum + 0.5 * tenth_count as double)
                / ((earlier_count + 0.5) / cast(earlier_sum + 0.5 * tenth_count as double))
            ) as decimal(18, 9)
        )) as stability_index
    from shares

    group by
        {{ keys | join(',\n        ') }},
        tenth_count,
        current_sum,
        earlier_sum

)
{%- endmacro %}


{#-
    Whether values have moved further than what is warned of, and further than the index would go one
    time in twenty were nothing changed.
-#}
{% macro has_moved(index, index_by_chance) -%}
    {{ index }} > {{ var('drift_warning_level') }}
    and {{ index }} > coalesce({{ index_by_chance }}, 0)
{%- endmacro %}


{#-
    What the index would exceed one time in twenty were nothing changed: (1/n + 1/m) times chi-squared
    of the tenths less one (Yurdakul and Naranjo 2020). Null where nothing can be compared.
-#}
{% macro index_by_chance(tenth_count, current_count, earlier_count) -%}
    case
        when {{ tenth_count }} > 1 and least({{ current_count }}, {{ earlier_count }}) > 0
            then
                (cast(1 as double) / {{ current_count }} + cast(1 as double) / {{ earlier_count }})
                * {{ chi_squared_quantile(1.6449, '(' ~ tenth_count ~ ' - 1)') }}
    end
{%- endmacro %}


{#- The day as of which the var refit holds fits; null where each build fits anew. -#}
{% macro held_date() -%}
    {%- set refit = var('refit') -%}
    {%- if refit is mapping -%}
        cast('{{ refit.values() | first }}' as date)
    {%- else -%}
        cast(null as date)
    {%- endif -%}
{%- endmacro %}
