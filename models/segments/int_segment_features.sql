{{ config(materialized='view') }}

with

categories as (

    select * from {{ ref('int_interest_categories') }}

),

features as (

    {% for segmentation, words in segmentations().items() -%}
    {%- for feature, pair in words.items() -%}
    {%- set limits = word_limits().get(feature, {'low': 'null', 'high': 'null'}) -%}
    select
        cast(null as date) as fitted_as_of,
        '{{ segmentation }}' as segmentation,
        {{ loop.index }} as feature_number,
        '{{ feature }}' as feature,
        '{{ pair[0] }}' as low_word,
        '{{ pair[1] }}' as high_word,
        cast({{ limits.low }} as int) as low_at_most,
        cast({{ limits.high }} as int) as high_at_least
    union all

    {% endfor -%}
    {%- endfor -%}
    select
        fitted_as_of,
        'interest' as segmentation,
        category_number as feature_number,
        category as feature,
        'little ' || category as low_word,
        'much ' || category as high_word,
        cast(null as int) as low_at_most,
        cast(null as int) as high_at_least
    from categories

    union all

    select
        fitted_as_of,
        'interest' as segmentation,
        {{ var('interest_categories') + 1 }} as feature_number,
        'other categories' as feature,
        'little else' as low_word,
        'much else' as high_word,
        cast(null as int) as low_at_most,
        cast(null as int) as high_at_least
    from categories

    where category_number = 1

)

select * from features
