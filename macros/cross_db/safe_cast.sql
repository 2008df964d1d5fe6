{#- What Spark's adapter lacks: a list of a unit test's row as an array. -#}
{% macro spark__safe_cast(field, type) -%}
    {%- if field is sequence and field is not string -%}
    cast(array({{ field | join(', ') }}) as {{ type }})
    {%- else -%}
    cast({{ field }} as {{ type }})
    {%- endif -%}
{%- endmacro %}
