{#-
    How often a standard normal variable is above |z| (Abramowitz and Stegun 1964, 26.2.17; within
    7.5e-8).
-#}
{% macro normal_tail(z) -%}
    {%- set step = '(1 / (1 + 0.2316419 * abs(' ~ z ~ ')))' -%}
    (
        exp(-power({{ z }}, 2) / 2) / sqrt(2 * pi()) * {{ step }} * (
            0.319381530 + {{ step }} * (
                -0.356563782 + {{ step }} * (
                    1.781477937 + {{ step }} * (-1.821255978 + {{ step }} * 1.330274429)
                )
            )
        )
    )
{%- endmacro %}


{#- The variance of a sample from exact sums of its values and their squares; null below two rows. -#}
{% macro sample_variance(sum, square_sum, count) -%}
    {{ sample_covariance(sum, sum, square_sum, count) }}
{%- endmacro %}


{#- The covariance of two things of a sample, from exact sums and the sum of their products. -#}
{% macro sample_covariance(sum, other_sum, product_sum, count) -%}
    (
        (
            cast({{ product_sum }} as double)
            - cast({{ sum }} as double) * cast({{ other_sum }} as double) / {{ count }}
        ) / nullif({{ count }} - 1, 0)
    )
{%- endmacro %}


{#-
    The degrees of freedom of the difference of two means, of the squares of their standard errors
    (Welch 1947).
-#}
{% macro welch_degrees(square, count, other_square, other_count) -%}
    (
        power({{ square }} + {{ other_square }}, 2) / nullif(
            power({{ square }}, 2) / nullif({{ count }} - 1, 0)
            + power({{ other_square }}, 2) / nullif({{ other_count }} - 1, 0), 0
        )
    )
{%- endmacro %}


{#- How often chance alone gives a value of Student's t so far from zero, on both sides. -#}
{% macro t_p_value(t, degrees_of_freedom) -%}
    2 * {{ normal_tail(normal_of_t(t, degrees_of_freedom)) }}
{%- endmacro %}


{#-
    How often chance alone gives χ² with so many degrees of freedom or more: with one its root is
    normal, with more its cube root nearly (Wilson and Hilferty 1931; within .003).
-#}
{% macro chi_squared_tail(chi_squared, degrees_of_freedom) -%}
    {%- set spread = '(cast(2 as double) / (9 * ' ~ degrees_of_freedom ~ '))' -%}
    {%- set z = '((power(' ~ chi_squared ~ ' / ' ~ degrees_of_freedom ~ ', cast(1 as double) / 3) - 1 + '
        ~ spread ~ ') / sqrt(' ~ spread ~ '))' -%}
    (
        case
            when {{ degrees_of_freedom }} = 1
                then 2 * {{ normal_tail('sqrt(' ~ chi_squared ~ ')') }}
            when {{ z }} > 0 then {{ normal_tail(z) }}
            else 1 - {{ normal_tail(z) }}
        end
    )
{%- endmacro %}
