{#- So many weeks of sales are looked at: two years, so that each week has the one a year before. -#}
{% macro demand_history_weeks() -%}
    104
{%- endmacro %}


{#- The methods that the var demand_methods may name beside the rule; src/customer_value/demand.py
    has them. -#}
{% macro demand_methods() %}
    {{ return([
        'exponential_smoothing', 'window_average', 'seasonal_naive', 'damped_trend', 'croston',
        'sba', 'tsb', 'arima', 'ridge', 'gradient_boosting', 'neural_network'
    ]) }}
{% endmacro %}


{#- The rule that a forecast of demand has to beat: the last week, again. -#}
{% macro demand_rule() -%}
    naive
{%- endmacro %}


{#- How far the total of forecasts of demand may be off: WAPE alone rewards forecasting too little. -#}
{% macro accepted_demand_bias() -%}
    0.15
{%- endmacro %}


{#- A forecast and what was sold on the scale of their roots, on which errors of large and small
    products are alike. -#}
{% macro root_residual(units, forecast) -%}
    cast(
        sqrt(cast({{ units }} as double)) - sqrt(cast({{ forecast }} as double)) as decimal(18, 6)
    )
{%- endmacro %}
