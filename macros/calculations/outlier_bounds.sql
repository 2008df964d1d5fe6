{#-
    The CTEs up to `<name>_bounds`: one row, the amounts low and high, which are on the logarithms of
    `amount` in `relation` the median ± outlier_threshold robust standard deviations, which are
    1.4826 × the median absolute deviation, or where half of all amounts are equal 1.2533 × the mean
    absolute deviation (Iglewicz and Hoaglin 1993, How to Detect and Handle Outliers).
-#}
{% macro outlier_bounds(name, relation, amount) %}
{{ name }}_center as (

    -- the median's logarithm is the logarithms' median
    select {{ log_amount('percentile_disc(0.5) within group (order by ' ~ amount ~ ')') }} as median_log
    from {{ relation }}
    where {{ amount }} > 0

),

{{ name }}_distances as (

    select
        median_log,
        abs({{ log_amount(amount) }} - median_log) as distance

    from {{ relation }}

    cross join {{ name }}_center

    where {{ amount }} > 0

),

{{ name }}_spread as (

    select
        median_log,
        {{ var('outlier_threshold') }} * coalesce(
            nullif(1.4826 * percentile_disc(0.5) within group (order by distance), 0),
            1.2533 * cast(avg(distance) as decimal(12, 6))
        ) as reach

    from {{ name }}_distances

    group by median_log

),

{{ name }}_bounds as (

    select
        exp(median_log - reach) - 1 as low,
        exp(median_log + reach) - 1 as high
    from {{ name }}_spread

)
{% endmacro %}


{% macro log_amount(amount) -%}
    cast(ln(1 + greatest({{ amount }}, 0)) as decimal(12, 6))
{%- endmacro %}
