{#-
    Pearson's χ² of the four cells of two things: in how many of `total` both, the one, the other
    happen; null where one of them happens always or never.
-#}
{% macro chi_squared(both, one, other, total) -%}
    cast({{ total }} as double)
    * power(cast({{ both }} as double) * {{ total }} - cast({{ one }} as double) * {{ other }}, 2)
    / nullif(
        cast({{ one }} as double) * ({{ total }} - {{ one }})
        * {{ other }} * ({{ total }} - {{ other }}), 0
    )
{%- endmacro %}


{#-
    No less than the p-value of χ² with one degree of freedom: the tail of the normal distribution
    is below its density over its argument (Gordon 1941, on Mills' ratio), and near it where it is
    small enough to matter.
-#}
{% macro chi_squared_p_value(chi_squared) -%}
    least(1, sqrt(2 / (pi() * nullif({{ chi_squared }}, 0))) * exp(-{{ chi_squared }} / 2))
{%- endmacro %}


{#- The value that χ² with so many degrees of freedom exceeds as seldom as a normal variable exceeds z
    (Wilson and Hilferty 1931; within 1 % from two degrees on). -#}
{% macro chi_squared_quantile(z, degrees_of_freedom) -%}
    (
        {{ degrees_of_freedom }} * power(
            1 - cast(2 as double) / (9 * {{ degrees_of_freedom }})
            + {{ z }} * sqrt(cast(2 as double) / (9 * {{ degrees_of_freedom }})), 3
        )
    )
{%- endmacro %}
