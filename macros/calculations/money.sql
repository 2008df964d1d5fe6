{#- A published amount: rounded here, once. -#}
{% macro money(expression) -%}
    cast(round({{ expression }}, 2) as decimal(18, 2))
{%- endmacro %}


{#- A report's amount, of any number of customers: with four decimals, so that reports add up. -#}
{% macro total(expression) -%}
    cast(round({{ expression }}, 4) as decimal(28, 4))
{%- endmacro %}


{#- A mean amount with so many decimals. Whole numbers are divided, since a half is a half in these and
    is rounded alike by every engine: 108.09 / 2 is 54.05, though 54.045 as a double is less. -#}
{% macro mean_amount(amount, count, decimals) -%}
    cast(
        cast(round(cast({{ amount }} * {{ 10 ** decimals }} as double) / {{ count }}, 0) as decimal(28, 0))
        * {{ '0.' ~ '0' * (decimals - 1) }}1 as decimal({{ 28 if decimals > 2 else 18 }}, {{ decimals }})
    )
{%- endmacro %}


{#- What a line amounts to: a quantity, decimal(19, 4), times a price, decimal(18, 8), which is exact in
    37 digits, rounded once, without a sign; null where it is too large. -#}
{% macro line_amount(quantity, unit_price) -%}
    try_cast(round(abs({{ quantity }} * {{ unit_price }}), 4) as decimal(18, 4))
{%- endmacro %}


{#- What no line may reach: beyond it sums of lines would no longer fit. -#}
{% macro largest_amount() -%}
    100000000000
{%- endmacro %}


{#- A share or mean, null where there is nothing to divide by. -#}
{% macro ratio(numerator, denominator) -%}
    {{ as_decimal(
        'cast(' ~ numerator ~ ' as double) / nullif(cast(' ~ denominator ~ ' as double), 0)', 18, 6, 'try_cast'
    ) }}
{%- endmacro %}
