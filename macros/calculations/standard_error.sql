{#- The mean of decimals as a decimal: their sum is exact, and is divided as a double. -#}
{% macro decimal_mean(column, precision, scale, window='') -%}
    {{ as_decimal(
        'cast(sum(' ~ column ~ ')' ~ window ~ ' as double) / nullif(count(' ~ column ~ ')' ~ window ~ ', 0)',
        precision, scale
    ) }}
{%- endmacro %}


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


{#- An end of the 95 % interval of a share of so many (Wilson 1927): '-' the lower, '+' the upper. -#}
{% macro wilson(share, count, end) -%}
    (
        {{ share }} + 1.9208 / {{ count }} {{ end }} 1.96 * sqrt(
            {{ share }} * (1 - {{ share }}) / {{ count }}
            + 0.9604 / (cast({{ count }} as double) * {{ count }})
        )
    ) / (1 + 3.8416 / {{ count }})
{%- endmacro %}


{#- Whether so many customers can tell a model from its rule: too few, or too few of them for whom
    both differ, say nothing. -#}
{% macro has_verdict(customers, differing_customers) -%}
    {{ customers }} >= {{ var('min_customers') }} and {{ differing_customers }} >= {{ fewest_differing() }}
{%- endmacro %}


{#- For how many both have to differ, at least. -#}
{% macro fewest_differing() -%}
    20
{%- endmacro %}


{#- The share of all that was bought by which a total may be missed. -#}
{% macro accepted_bias() -%}
    0.2
{%- endmacro %}


{#- One number over another as a double; null where the other is next to nothing beside it. -#}
{% macro bounded_ratio(part, whole) -%}
    case
        when abs({{ part }}) < 1000000 * abs({{ whole }})
            then cast({{ part }} as double) / {{ whole }}
    end
{%- endmacro %}


{#- Whether a total of predictions is near that of the outcomes, or no further off than another. -#}
{% macro total_is_right(prediction, other) -%}
    abs(sum({{ prediction }} - outcome)) <= greatest(
        {{ accepted_bias() }} * abs(sum(outcome)), abs(sum({{ other }} - outcome))
    )
{%- endmacro %}


{#- A sum of products as a double that no order of rows changes, of amounts of any size. -#}
{% macro product_sum(first, second) -%}
    cast(sum(cast(
        cast({{ first }} as double) * cast({{ second }} as double) as decimal(38, 9)
    )) as double)
{%- endmacro %}
