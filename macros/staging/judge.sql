{#- The `when` branches with which a base model says why it rejects a row. -#}

{% macro reject_missing(column) -%}
        when {{ column }} is null then '{{ column }} is missing'
{%- endmacro %}


{% macro reject_invalid(column, type) -%}
        when {{ column }} is null then '{{ column }} is missing'
        when {{ cast_text(column, type) }} is null
            then '{{ column }} is not a {{ 'time' if type == 'timestamp' else 'number' }}'
{%- endmacro %}


{#- Text to a type of the contract; null where it does not fit. -#}
{% macro cast_text(column, type) -%}
    {%- if type in ['timestamp', 'date'] -%}
        try_cast(case when lower({{ column }}) not like '%inf%' then {{ column }} end as {{ type }})
    {%- elif type == 'int' -%}
        try_cast(floor(try_cast({{ column }} as decimal(18, 4))) as int)
    {%- elif type == 'string' -%}
        {{ column }}
    {%- else -%}
        try_cast({{ column }} as {{ type }})
    {%- endif -%}
{%- endmacro %}


{#- A number, or null where it is below zero. -#}
{% macro not_negative(number) -%}
    case when {{ number }} >= 0 then {{ number }} end
{%- endmacro %}
