{{ config(materialized='view') }}

{%- set populations = {
    'customers': number_features(), 'visitors': visitor_features(), 'carts': cart_features()
} %}

with

features as (

    {% for population, numbers in populations.items() -%}
    {%- for feature in numbers -%}
    select
        '{{ population }}' as population,
        {{ loop.index }} as feature_number,
        '{{ feature.name }}' as feature,
        '{{ feature.scale }}' as scale,
        true as is_number
    union all

    {% endfor -%}
    {%- endfor -%}
    {%- for name in word_features() -%}
    select
        'customers' as population,
        {{ loop.index }} as feature_number,
        '{{ name }}' as feature,
        'word' as scale,
        false as is_number
    union all

    {% endfor -%}
    -- an array of words is never empty
    select
        'none' as population,
        0 as feature_number,
        'none' as feature,
        'none' as scale,
        false as is_number

),

final as (

    select
        population,
        cast(feature_number as int) as feature_number,
        feature,
        scale,
        is_number
    from features

    where feature_number > 0

)

select * from final
