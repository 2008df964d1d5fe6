{#- After how many days it is told what a customer has brought. -#}
{% macro outcome_days() %}
    {{ return([30, 90, 365]) }}
{% endmacro %}
