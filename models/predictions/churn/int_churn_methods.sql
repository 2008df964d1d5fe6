{{ config(materialized='view') }}

{#- Rules first, then the default, then what may take its place. -#}
{%- set methods = ['purchase_decay', 'rfm_cells'] + var('churn_methods') %}
{%- set usual, named = 'logistic_regression', var('churn_methods') %}
{%- set default = usual if usual in named else named[0] %}

with

methods as (

    {% for method in methods -%}
    select
        '{{ method }}' as method,
        {{ loop.index }} as method_number,
        {{ method == default }} as is_default,
        {{ method == 'purchase_decay' }} as is_rule,
        {{ method not in ['purchase_decay', 'rfm_cells'] }} as is_learned,
        {{ method in ['purchase_decay', 'logistic_regression'] }} as is_linear,
        {{ method in ['purchase_decay', 'rfm_cells', 'logistic_regression'] }} as is_sql
    {{ 'union all' if not loop.last }}

    {% endfor %}
)

select * from methods
