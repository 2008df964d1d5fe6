{#- The named columns as one JSON object, in text. -#}
{% macro json_row(columns) %}
    {%- set values = {} -%}
    {%- for column in columns %}{% do values.update({column: column}) %}{% endfor -%}
    {{ return(json_object(values)) }}
{% endmacro %}


{#- Expressions under their names, as one JSON object in text; what is null is in it. -#}
{% macro json_object(values) %}
    {{ return(adapter.dispatch('json_object', 'customer_value')(values)) }}
{% endmacro %}

{% macro default__json_object(values) -%}
    {%- set pairs = [] -%}
    {%- for name, value in values.items() %}{% do pairs.append(text_list([name]) ~ ', ' ~ value) %}{% endfor -%}
    cast(json_object({{ pairs | join(', ') }}) as string)
{%- endmacro %}

{% macro spark__json_object(values) -%}
    {%- set pairs = [] -%}
    {%- for name, value in values.items() %}{% do pairs.append(text_list([name]) ~ ', ' ~ value) %}{% endfor -%}
    to_json(named_struct({{ pairs | join(', ') }}), {{ spark_json_options() }})
{%- endmacro %}


{#- Null is told, and times are written as DuckDB writes them. -#}
{% macro spark_json_options() -%}
    map(
        'ignoreNullFields', 'false',
        'timestampFormat', 'yyyy-MM-dd HH:mm:ss', 'timestampNTZFormat', 'yyyy-MM-dd HH:mm:ss'
    )
{%- endmacro %}
