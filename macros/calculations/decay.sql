{#- What is left of one after so many days, by half-life; one where `use_recency` is off. -#}
{% macro decay(days, half_life_days) -%}
    {%- if var('use_recency') -%}
    cast(power(0.5, {{ days }} / cast({{ half_life_days }} as double)) as decimal(18, 12))
    {%- else -%}
    cast(1 as decimal(18, 12))
    {%- endif -%}
{%- endmacro %}
