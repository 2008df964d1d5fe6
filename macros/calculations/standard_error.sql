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
