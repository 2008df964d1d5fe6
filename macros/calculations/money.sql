{#- A published amount: rounded here, once. -#}
{% macro money(expression) -%}
    cast(round({{ expression }}, 2) as decimal(18, 2))
{%- endmacro %}


{#- Quantity × price, exactly. One factor is made wide, or DuckDB would fail beyond ten digits. -#}
{% macro line_product(quantity, unit_price) -%}
    abs(cast({{ quantity }} as decimal(28, 4))) * {{ unit_price }}
{%- endmacro %}


{#- What a line amounts to, rounded once. -#}
{% macro line_amount(quantity, unit_price) -%}
    cast(round({{ line_product(quantity, unit_price) }}, 4) as decimal(18, 4))
{%- endmacro %}


{#- What no line may reach: beyond it sums of lines would no longer fit. -#}
{% macro largest_amount() -%}
    100000000000
{%- endmacro %}


{#- A share or mean, null where there is nothing to divide by. -#}
{% macro ratio(numerator, denominator) -%}
    try_cast(
        cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0) as decimal(18, 6)
    )
{%- endmacro %}
