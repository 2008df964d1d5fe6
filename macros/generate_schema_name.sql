{#- The schema of a node: the one that its config names, or else that of its name's prefix. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set prefix = var('schema_prefix', '') -%}
    {{ (prefix ~ '_' if prefix) ~ (custom_schema_name | trim if custom_schema_name else customer_value.schema_by_name(node)) }}
{%- endmacro %}


{% macro schema_by_name(node) -%}
    {%- set step = node.name.split('_')[0] -%}
    {%- set room = node.fqn[1] -%}
    {%- if step in ['base', 'stg'] -%} staging
    {%- elif step == 'int' -%} intermediate
    {%- elif step == 'ml' -%} ml
    {%- elif room == 'restricted' -%} restricted
    {%- elif room == 'core' and step == 'fct' -%} core
    {%- elif step in ['dim', 'fct', 'rpt'] -%} marts
    {%- else -%} {{ target.schema }}
    {%- endif -%}
{%- endmacro %}
