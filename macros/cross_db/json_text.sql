{#- A value of a JSON object by its key, as text; null where it is not there. -#}
{% macro json_text(object, key) %}
    {{ return(adapter.dispatch('json_text', 'customer_value')(object, key)) }}
{% endmacro %}

{% macro default__json_text(object, key) -%}
    json_extract_string({{ object }}, '$."{{ key }}"')
{%- endmacro %}

{% macro spark__json_text(object, key) -%}
    get_json_object({{ object }}, '$["{{ key }}"]')
{%- endmacro %}
