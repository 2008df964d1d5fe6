{%- set shown = [
    'visit_count', 'view_count', 'cart_count', 'favorite_count', 'open_cart_count',
    'days_since_last_visit', 'days_since_last_cart', 'days_since_last_purchase', 'price_ratio',
    'average_rating'
] -%}

with

dates as (

    select * from {{ ref('int_prediction_dates') }}
    where
        task = 'visitor_propensity'
        and is_published

),

visitors as (

    select * from {{ ref('int_visitor_features') }}

),

{{ propensity_scores('visitor_propensity') }}

final as (

    select
        visitors.as_of_date,
        visitors.customer_id,
        dates.is_current,
        cast(dates.horizon_days as int) as horizon_days,
        ranked.purchase_probability,
        ranked.propensity_percentile,
        ranked.propensity_level
        {%- for column in shown %},
        visitors.{{ column }}
        {%- endfor %},
        ranked.method,
        ranked.beats_baseline,
        case when ranked.method is not null then dates.backtest_date end as backtest_date,
        ranked.backtest_bias
        {%- for number in [1, 2, 3] %},
        ranked.reason_{{ number }},
        ranked.effect_{{ number }}
        {%- endfor %},
        ranked.no_explanation_reason,
        {{ no_score_reason('ranked.method', 'dates.reason') }} as no_score_reason

    from visitors

    inner join dates
        on visitors.as_of_date = dates.as_of_date

    left join ranked
        on
            visitors.as_of_date = ranked.as_of_date
            and visitors.customer_id = ranked.customer_id

)

select * from final
