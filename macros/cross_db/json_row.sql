{#- The named columns as one JSON object, in text. -#}
{% macro json_row(columns) %}
    {{ return(adapter.dispatch('json_row', 'customer_value')(columns)) }}
{% endmacro %}

{% macro default__json_row(columns) -%}
    {%- set pairs = [] -%}
    {%- for column in columns %}{% do pairs.append("'" ~ column ~ "', " ~ column) %}{% endfor -%}
    cast(json_object({{ pairs | join(', ') }}) as string)
{%- endmacro %}

{% macro spark__json_row(columns) -%}
    {%- set pairs = [] -%}
    {%- for column in columns %}{% do pairs.append("'" ~ column ~ "', " ~ column) %}{% endfor -%}
    to_json(named_struct({{ pairs | join(', ') }}), map('ignoreNullFields', 'false'))
{%- endmacro %}
