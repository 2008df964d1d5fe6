{#-
    The CTEs up to `<name>_bounds`: one row, the amounts low and high, which are on the logarithms of
    `amount` in `relation` the median ± outlier_threshold robust standard deviations, which are
    1.4826 × the median absolute deviation, or where half of all amounts are equal 1.2533 × the mean
    absolute deviation (Iglewicz and Hoaglin 1993, How to Detect and Handle Outliers). A row of
    `relation` stands for `number` amounts. Shops have few different amounts, so each is looked at
    once: a median is the least that half of all are at or below.
-#}
{% macro outlier_bounds(name, relation, amount, number='1') %}
{{ name }}_distinct as (

    select
        {{ amount }} as amount,
        sum({{ number }}) as amount_count
    from {{ relation }}

    where {{ amount }} > 0

    group by {{ amount }}

),

{{ name }}_ranked as (

    select
        amount,
        amount_count,
        2 * sum(amount_count) over (order by amount) >= sum(amount_count) over () as is_upper_half
    from {{ name }}_distinct

),

{{ name }}_center as (

    -- the median's logarithm is the logarithms' median
    select {{ log_amount('min(amount)') }} as median_log
    from {{ name }}_ranked
    where is_upper_half

),

{{ name }}_distances as (

    select
        {{ name }}_center.median_log,
        {{ name }}_ranked.amount_count,
        abs({{ log_amount(name ~ '_ranked.amount') }} - {{ name }}_center.median_log) as distance

    from {{ name }}_ranked

    cross join {{ name }}_center

),

{{ name }}_ranked_distances as (

    select
        *,
        2 * sum(amount_count) over (order by distance)
        >= sum(amount_count) over () as is_upper_half
    from {{ name }}_distances

),

{{ name }}_spread as (

    select
        median_log,
        {{ var('outlier_threshold') }} * coalesce(
            nullif(1.4826 * min(case when is_upper_half then distance end), 0),
            1.2533 * cast(
                cast(sum(distance * amount_count) as double) / sum(amount_count) as decimal(12, 6)
            )
        ) as reach

    from {{ name }}_ranked_distances

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
