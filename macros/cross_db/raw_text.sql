{#- The shop's own row, a struct, as JSON text. -#}
{% macro raw_text(row) %}
    {{ return(adapter.dispatch('raw_text', 'customer_value')(row)) }}
{% endmacro %}

{% macro default__raw_text(row) -%}
    cast(to_json({{ row }}) as string)
{%- endmacro %}

{% macro spark__raw_text(row) -%}
    to_json({{ row }}, {{ spark_json_options() }})
{%- endmacro %}
