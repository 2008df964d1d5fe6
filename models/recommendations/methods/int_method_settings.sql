{{ config(materialized='view') }}

with

settings as (

    {% for name, method in recommendation_methods().items() -%}
    {%- set is_last_method = loop.last -%}
    {%- for setting in method.settings -%}
    select
        '{{ name }}' as method,
        cast({{ setting }} as int) as setting,
        {{ loop.first | lower }} as is_usual,
        '{{ method.kind }}' as kind,
        cast({{ method.trend_exponent }} as decimal(18, 6)) as trend_exponent
    {% if not (loop.last and is_last_method) -%}
    union all

    {% endif -%}
    {%- endfor -%}
    {%- endfor %}

)

select * from settings
