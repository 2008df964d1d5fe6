{#- The sum of the products of two arrays of numbers, place by place. -#}
{% macro dot_product(first, second) %}
    {{ return(adapter.dispatch('dot_product', 'customer_value')(first, second)) }}
{% endmacro %}

{% macro default__dot_product(first, second) -%}
    list_dot_product({{ first }}, {{ second }})
{%- endmacro %}

{% macro spark__dot_product(first, second) -%}
    aggregate(
        zip_with({{ first }}, {{ second }}, (x, y) -> x * y), cast(0 as double), (sum, x) -> sum + x
    )
{%- endmacro %}
