{{ config(materialized='view') }}

{#- Of each task the rules come first, then the others as the var names them. -#}
{%- set rows = [] -%}
{%- for task in prediction_tasks() -%}
    {%- set is_of_customers = task.population == 'customers' -%}
    {%- for method in task.rules + task.methods -%}
        {%- do rows.append({
            'task': task.name, 'method': method, 'number': loop.index,
            'is_default': method == task.default, 'is_rule': method == task.rules[0],
            'is_learned': method not in task.rules,
            'is_linear': is_of_customers and method in linear_methods(),
            'is_sql': is_of_customers
                and method in task.rules + linear_methods() + ['shrunk_gaps'],
            'has_total': task.has_total
        }) -%}
    {%- endfor -%}
{%- endfor %}

with

methods as (

    {% for row in rows -%}
    select
        '{{ row.task }}' as task,
        '{{ row.method }}' as method,
        {{ row.number }} as method_number,
        {{ row.has_total }} as has_total,
        {{ row.is_default }} as is_default,
        {{ row.is_rule }} as is_rule,
        {{ row.is_learned }} as is_learned,
        {{ row.is_linear }} as is_linear,
        {{ row.is_sql }} as is_sql
    {{ 'union all' if not loop.last }}

    {% endfor %}
)

select * from methods
