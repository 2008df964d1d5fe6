{{ config(materialized='view') }}

{%- set methods = var('demand_methods') -%}
{%- set default = 'exponential_smoothing' if 'exponential_smoothing' in methods else methods[0] -%}

with

methods as (

    {% for method in [demand_rule()] + methods -%}
    select
        '{{ method }}' as method,
        {{ loop.index }} as method_number,
        {{ 'true' if loop.first else 'false' }} as is_rule,
        {{ 'true' if method == default else 'false' }} as is_default
    {{ 'union all' if not loop.last }}

    {% endfor %}
)

select * from methods
