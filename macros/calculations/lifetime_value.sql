{#- The horizons, in days, for which lifetime value is published where a closed window allows it. -#}
{% macro value_horizons() %}
    {{ return([30, 90, 365]) }}
{% endmacro %}


{#- All horizons whose outcomes are kept: those, and the one that other predictions look ahead. -#}
{% macro outcome_horizons() %}
    {{ return((value_horizons() + [var('prediction_horizon_days')]) | unique | sort) }}
{% endmacro %}


{#- What lifetime value says, with the method that learns and the rule that it has to beat. -#}
{% macro value_targets() %}
    {{ return([
        {'name': 'purchases', 'method': 'bg_nbd', 'rule': 'past_rate'},
        {'name': 'value', 'method': 'gamma_gamma', 'rule': 'spend_rate'},
    ]) }}
{% endmacro %}


{#-
    P(alive) of BG/NBD (Fader, Hardie, Lee 2005): one for who bought once. Parameters and times are
    in weeks; the exponent is capped where a double would overflow.
-#}
{% macro probability_alive(fit, repeats, active_weeks, age_weeks) -%}
    case
        when {{ repeats }} = 0 then cast(1 as double)
        else 1 / (1 + exp(least(700,
            ln({{ fit }}.a) - ln({{ fit }}.b + {{ repeats }} - 1)
            + ({{ fit }}.r + {{ repeats }})
            * ln(({{ fit }}.alpha + {{ age_weeks }}) / ({{ fit }}.alpha + {{ active_weeks }}))
        )))
    end
{%- endmacro %}


{#- The ninths of an ordering below its highest value, thresholds of ten groups that hold it. -#}
{% macro decile_thresholds(amount) -%}
    {%- for place in range(1, 10) %}
        percentile_disc(0.{{ place }}) within group (order by {{ amount }}) as threshold_{{ place }},
    {%- endfor %}
        max({{ amount }}) as highest
{%- endmacro %}


{#-
    The group of a value, 1 to 10, by the columns of decile_thresholds; equal values, equal groups.
    None is above the highest value that made the thresholds, so that each group has members there.
-#}
{% macro decile_of(amount, prefix='') -%}
    cast(1
        {%- for place in range(1, 10) %}
        {%- set threshold = prefix ~ 'threshold_' ~ place %}
        + case
            when {{ amount }} > {{ threshold }} and {{ threshold }} < {{ prefix }}highest then 1
            else 0
        end
        {%- endfor %} as int)
{%- endmacro %}


{#-
    What a steady stream over so many days is worth today, as a share of what it adds up to: a
    purchase in a year is worth 1 / (1 + annual_discount_rate).
-#}
{% macro steady_discount(days) -%}
    {%- if var('annual_discount_rate') > 0 -%}
    (
        (1 - power(1 + {{ var('annual_discount_rate') }}, -{{ days }} / cast(365 as double)))
        / (ln(1 + {{ var('annual_discount_rate') }}) * {{ days }} / 365)
    )
    {%- else -%}
    cast(1 as double)
    {%- endif -%}
{%- endmacro %}


{#- Tiers of value by decile, the lowest decile of each, highest first. -#}
{% macro value_tiers() %}
    {{ return([('top', 10), ('high', 8), ('medium', 5), ('low', 1)]) }}
{% endmacro %}
