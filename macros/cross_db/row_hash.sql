{#- A 64-bit hash of the named columns: equal rows have equal hashes. -#}
{% macro row_hash(columns) %}
    {{ return(adapter.dispatch('row_hash', 'customer_value')(columns)) }}
{% endmacro %}

{% macro default__row_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}

{% macro spark__row_hash(columns) -%}
    xxhash64({{ columns | join(', ') }})
{%- endmacro %}
