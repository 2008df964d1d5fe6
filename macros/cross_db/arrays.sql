{#- An array's element by its place, from 1; null beyond the end. -#}
{% macro element(array, place) %}
    {{ return(adapter.dispatch('element', 'customer_value')(array, place)) }}
{% endmacro %}

{% macro default__element(array, place) -%}
    list_extract({{ array }}, {{ place }})
{%- endmacro %}

{% macro spark__element(array, place) -%}
    try_element_at({{ array }}, cast({{ place }} as int))
{%- endmacro %}


{#- An array of numbers less their means, over their deviations, place by place. -#}
{% macro standard_scores(numbers, means, deviations) %}
    {{ return(adapter.dispatch('standard_scores', 'customer_value')(numbers, means, deviations)) }}
{% endmacro %}

{% macro default__standard_scores(numbers, means, deviations) -%}
    list_transform(
        {{ numbers }}, lambda x, i: (x - {{ means }}[i]) / {{ deviations }}[i]
    )
{%- endmacro %}

{% macro spark__standard_scores(numbers, means, deviations) -%}
    transform({{ numbers }}, (x, i) -> (x - {{ means }}[i]) / {{ deviations }}[i])
{%- endmacro %}


{#- The Euclidean distances, to nine decimals, of a point to each of an array of points. -#}
{% macro distances(point, points) %}
    {{ return(adapter.dispatch('distances', 'customer_value')(point, points)) }}
{% endmacro %}

{% macro default__distances(point, points) -%}
    list_transform(
        {{ points }}, lambda other: cast(list_distance({{ point }}, other) as decimal(18, 9))
    )
{%- endmacro %}

{% macro spark__distances(point, points) -%}
    transform({{ points }}, other -> cast(sqrt(aggregate(
        zip_with({{ point }}, other, (x, y) -> (x - y) * (x - y)), cast(0 as double), (sum, x) -> sum + x
    )) as decimal(18, 9)))
{%- endmacro %}
