{#- dbt casts the values of a unit test's rows so. A list is written as each engine writes one. -#}
{% macro duckdb__safe_cast(field, type) -%}
    cast({{ list_of(field, '[', ']') }} as {{ type }})
{%- endmacro %}

{% macro spark__safe_cast(field, type) -%}
    cast({{ list_of(field, 'array(', ')') }} as {{ type }})
{%- endmacro %}


{#- A list, of lists perhaps, between what an engine puts around one; dbt has quoted any other text. -#}
{% macro list_of(value, begin, end) -%}
    {%- if value is string or value is not sequence -%}
    {{ value }}
    {%- else -%}
    {%- set parts = [] -%}
    {%- for part in value -%}
        {%- do parts.append(
            'null' if part is none
            else dbt.string_literal(dbt.escape_single_quotes(part)) if part is string
            else list_of(part, begin, end)
        ) -%}
    {%- endfor -%}
    {{ begin }}{{ parts | join(', ') }}{{ end }}
    {%- endif -%}
{%- endmacro %}
