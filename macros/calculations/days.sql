{#- Whole days from one date to another. -#}
{% macro days_between(first, last) -%}
    cast({{ dbt.datediff(first, last, 'day') }} as bigint)
{%- endmacro %}


{#- The date so many days after another, or before it. -#}
{% macro add_days(day, number) -%}
    cast({{ dbt.dateadd('day', number, day) }} as date)
{%- endmacro %}


{#- So many days after a day, rounded to whole ones; a hundred years at the most. -#}
{% macro whole_days_after(day, days) -%}
    {{ add_days(day, 'cast(least(round(' ~ days ~ ', 0), 36500) as int)') }}
{%- endmacro %}


{#- The first day of the month so many months after that of a date. -#}
{% macro add_months(day, number) -%}
    cast({{ dbt.dateadd('month', number, "date_trunc('month', " ~ day ~ ")") }} as date)
{%- endmacro %}
