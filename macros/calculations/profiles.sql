{#- How many days before and after a first return, or a first review, are compared. -#}
{% macro reaction_days() %}
    {{ return(90) }}
{% endmacro %}


{#- Bands of age: each begins where the one before ends. -#}
{% macro age_band(age) -%}
    case
        {%- for low, high in [(0, 17), (18, 24), (25, 34), (35, 44), (45, 54), (55, 64)] %}
        when {{ age }} <= {{ high }} then '{{ low }}-{{ high }}'
        {%- endfor %}
        when {{ age }} is not null then '65+'
    end
{%- endmacro %}
