{#- The shares of customers at which scores change. -#}
{% macro rfm_cuts() %}
    {{ return([0.2, 0.4, 0.6, 0.8]) }}
{% endmacro %}


{#- 1 to 5: one more for each threshold that the value exceeds, or one less (`is_reversed`). -#}
{% macro rfm_score(value, thresholds, is_reversed=false) -%}
    cast(
        {{ '5' if is_reversed else '1' }}
        {%- for threshold in thresholds %}
        {{ '-' if is_reversed else '+' }} case when {{ value }} > {{ threshold }} then 1 else 0 end
        {%- endfor %} as int
    )
{%- endmacro %}
