{#-
    The CTEs `<name>_center` and `<name>_bounds` (one row: low, high) around the logarithms of
    `amount` in `relation`: median ± outlier_threshold robust standard deviations, which are
    1.4826 × the median absolute deviation, or where half of all amounts are equal 1.2533 × the mean
    absolute deviation (Iglewicz and Hoaglin 1993, How to Detect and Handle Outliers).
-#}
{% macro outlier_bounds(name, relation, amount) %}
{{ name }}_center as (

    select percentile_disc(0.5) within group (order by {{ log_amount(amount) }}) as median_log
    from {{ relation }}
    where {{ amount }} > 0

),

{{ name }}_spread as (

    select
        median_log,
        1.4826 * percentile_disc(0.5) within group (
            order by abs({{ log_amount(amount) }} - median_log)
        ) as median_spread,
        1.2533 * cast(avg(abs({{ log_amount(amount) }} - median_log)) as decimal(12, 6)) as mean_spread

    from {{ relation }}

    cross join {{ name }}_center

    where {{ amount }} > 0

    group by median_log

),

{{ name }}_bounds as (

    select
        median_log - {{ var('outlier_threshold') }} * coalesce(nullif(median_spread, 0), mean_spread) as low,
        median_log + {{ var('outlier_threshold') }} * coalesce(nullif(median_spread, 0), mean_spread) as high
    from {{ name }}_spread

)
{% endmacro %}


{% macro log_amount(amount) -%}
    cast(ln(1 + greatest({{ amount }}, 0)) as decimal(12, 6))
{%- endmacro %}
