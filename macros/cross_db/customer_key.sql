{#- A customer's id as the project shows it: the shop's own, or a keyed hash of it. -#}
{% macro customer_key(column) -%}
    {%- if var('pseudonymize_customers') -%}
        {{ return(adapter.dispatch('keyed_hash', 'customer_value')(column)) }}
    {%- else -%}
        {{ return(column) }}
    {%- endif -%}
{%- endmacro %}


{#- The key is a session variable (src/customer_value/plugin.py), so it stands in no compiled SQL. -#}
{% macro default__keyed_hash(column) -%}
    sha256(getvariable('customer_key') || sha256(getvariable('customer_key') || {{ column }}))
{%- endmacro %}
