{#- What Spark's adapter lacks: a list of a unit test's row as an array. -#}
{% macro spark__safe_cast(field, type) -%}
    cast({{ array_of(field) }} as {{ type }})
{%- endmacro %}


{#- A list, of lists perhaps, as Spark writes it; anything else as it is. -#}
{% macro array_of(value) -%}
    {%- if value is string or value is not sequence -%}
    {{ value }}
    {%- else -%}
    {%- set parts = [] -%}
    {%- for part in value -%}
        {%- do parts.append(array_of(part)) -%}
    {%- endfor -%}
    array({{ parts | join(', ') }})
    {%- endif -%}
{%- endmacro %}
