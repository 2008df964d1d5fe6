{{ config(materialized='view') }}

with

features as (

    {% for feature in number_features() -%}
    select
        {{ loop.index }} as feature_number,
        '{{ feature.name }}' as feature,
        '{{ feature.scale }}' as scale,
        true as is_number
    union all

    {% endfor -%}
    {%- for name in word_features() -%}
    select
        {{ loop.index }} as feature_number,
        '{{ name }}' as feature,
        'word' as scale,
        false as is_number
    union all

    {% endfor -%}
    -- an array of words is never empty
    select
        0 as feature_number,
        'none' as feature,
        'none' as scale,
        false as is_number

),

final as (

    select
        cast(feature_number as int) as feature_number,
        feature,
        scale,
        is_number
    from features

    where feature_number > 0

)

select * from final
