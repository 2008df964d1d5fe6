{#- A number rounded to a whole one, with commas between thousands: 8,064. -#}
{% macro grouped_number(number) %}
    {{ return(adapter.dispatch('grouped_number', 'customer_value')(number)) }}
{% endmacro %}

{% macro default__grouped_number(number) -%}
    format('{:,}', cast(round({{ number }}, 0) as bigint))
{%- endmacro %}

{% macro spark__grouped_number(number) -%}
    format_number(cast(round({{ number }}, 0) as bigint), 0)
{%- endmacro %}
