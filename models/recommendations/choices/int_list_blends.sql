{{ config(materialized='view') }}

with

blends as (

    {% for blend in list_blends() -%}
    {%- set number = loop.index -%}
    {%- set is_last_blend = loop.last -%}
    {%- for part in blend.parts -%}
    select
        '{{ blend.list }}' as list,
        '{{ blend.blend }}' as blend,
        '{{ part.method }}' as method,
        cast({{ part.setting }} as int) as setting,
        cast({{ loop.index }} as int) as position,
        cast({{ blend.min_products }} as int) as min_products,
        {{ (blend.blend == 'default') | lower }} as is_default,
        {{ (blend.blend == 'rule') | lower }} as is_rule,
        {{ (blend.is_varied is defined) | lower }} as is_varied,
        {{ (var('list_choices').get(blend.list) == blend.blend) | lower }} as is_fixed,
        cast({{ number }} as int) as blend_number
    {% if not (loop.last and is_last_blend) -%}
    union all

    {% endif -%}
    {%- endfor -%}
    {%- endfor %}

)

select * from blends
