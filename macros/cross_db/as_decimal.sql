{#- A double as a decimal, rounded as DuckDB rounds it. Spark rounds the shortest text of a double, so
    that .5021855 goes up there, though the double is less. `function` is try_cast where what does not
    fit is to be null. -#}
{% macro as_decimal(number, precision, scale, function='cast') %}
    {{ return(adapter.dispatch('as_decimal', 'customer_value')(number, precision, scale, function)) }}
{% endmacro %}

{% macro default__as_decimal(number, precision, scale, function) -%}
    {{ function }}({{ number }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}

{% macro spark__as_decimal(number, precision, scale, function) -%}
    cast(
        cast(round(({{ number }}) * cast(1e{{ scale }} as double), 0) as decimal(38, 0))
        * cast(1e-{{ scale }} as decimal({{ scale + 1 }}, {{ scale }})) as decimal({{ precision }}, {{ scale }})
    )
{%- endmacro %}
