{#-
    The value that a standard normal variable exceeds with a probability below one half (Abramowitz
    and Stegun 1964, 26.2.23; within .00045).
-#}
{% macro normal_quantile(probability) -%}
    {%- set root = 'sqrt(-2 * ln(' ~ probability ~ '))' -%}
    (
        {{ root }} - (2.515517 + 0.802853 * {{ root }} + 0.010328 * power({{ root }}, 2))
        / (
            1 + 1.432788 * {{ root }} + 0.189269 * power({{ root }}, 2)
            + 0.001308 * power({{ root }}, 3)
        )
    )
{%- endmacro %}


{#-
    The normal value that is as improbable as a value of Student's t (Wallace 1959, Bounds on normal
    approximations to Student's and the chi-square distributions; within .2 % from ten degrees on).
-#}
{% macro normal_of_t(t, degrees_of_freedom) -%}
    (
        sign({{ t }}) * (8 * {{ degrees_of_freedom }} + 1)
        / cast(8 * {{ degrees_of_freedom }} + 3 as double)
        * sqrt({{ degrees_of_freedom }} * ln(1 + power({{ t }}, 2) / {{ degrees_of_freedom }}))
    )
{%- endmacro %}
