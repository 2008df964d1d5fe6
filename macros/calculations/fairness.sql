{#- The group of a customer by the attribute of `fairness_mitigation`; who is in none is one group. -#}
{% macro fairness_group() -%}
    {%- set attribute = var('fairness_mitigation') -%}
    coalesce({{ age_band('customers.age') if attribute == 'age_band' else 'customers.' ~ attribute }}, 'unknown')
{%- endmacro %}
