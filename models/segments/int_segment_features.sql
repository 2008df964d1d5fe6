{{ config(materialized='view') }}

with

features as (

    {% for segmentation, words in var('segmentations').items() -%}
    {%- set last_segmentation = loop.last -%}
    {%- for feature, pair in words.items() -%}
    {%- set limits = word_limits().get(feature, {'low': 'null', 'high': 'null'}) -%}
    select
        '{{ segmentation }}' as segmentation,
        {{ loop.index }} as feature_number,
        '{{ feature }}' as feature,
        '{{ pair[0] }}' as low_word,
        '{{ pair[1] }}' as high_word,
        cast({{ limits.low }} as int) as low_at_most,
        cast({{ limits.high }} as int) as high_at_least
    {{ 'union all' if not (last_segmentation and loop.last) }}

    {% endfor -%}
    {%- endfor %}
)

select * from features
