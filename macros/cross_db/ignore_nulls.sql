{#- The first, or last, value of a window's frame that is not null. -#}
{% macro first_not_null(column) %}
    {{ return(adapter.dispatch('first_not_null', 'customer_value')(column)) }}
{% endmacro %}

{% macro default__first_not_null(column) %}first_value({{ column }} ignore nulls){% endmacro %}

{% macro spark__first_not_null(column) %}first_value({{ column }}, true){% endmacro %}


{% macro last_not_null(column) %}
    {{ return(adapter.dispatch('last_not_null', 'customer_value')(column)) }}
{% endmacro %}

{% macro default__last_not_null(column) %}last_value({{ column }} ignore nulls){% endmacro %}

{% macro spark__last_not_null(column) %}last_value({{ column }}, true){% endmacro %}
