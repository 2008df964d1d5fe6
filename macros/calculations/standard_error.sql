{#- The standard error of a mean, from exact sums; null below two rows. -#}
{% macro standard_error(sum, square_sum, count) -%}
    sqrt(
        (case
            when {{ square_sum }} * {{ count }} > {{ sum }} * {{ sum }}
                then cast({{ square_sum }} as double) - cast({{ sum }} as double) * cast({{ sum }} as double) / {{ count }}
            else 0
        end)
        / nullif(cast({{ count }} as double) * ({{ count }} - 1), 0)
    )
{%- endmacro %}


{#- Half of the 95 % interval of a mean, by Student's t; null below two rows. -#}
{% macro margin(sum, square_sum, count) -%}
    {{ student_t(1.96, count ~ ' - 1') }} * {{ standard_error(sum, square_sum, count) }}
{%- endmacro %}


{#- Whether so many customers can tell a model from its rule: too few, or too few of them for whom
    both differ, say nothing. -#}
{% macro has_verdict(customers, differing_customers) -%}
    {{ customers }} >= {{ var('min_customers') }} and {{ differing_customers }} >= 20
{%- endmacro %}
