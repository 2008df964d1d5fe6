{%- set shown = [
    'view_count', 'cart_count', 'favorite_count', 'view_seconds', 'days_since_last_seen',
    'days_since_last_cart', 'product_purchase_days_count', 'unit_price', 'price_ratio',
    'average_rating'
] -%}

with

dates as (

    select * from {{ ref('int_prediction_dates') }}
    where
        task = 'cart_propensity'
        and is_published

),

carts as (

    select * from {{ ref('int_cart_features') }}

),

{{ propensity_scores('cart_propensity') }}

final as (

    select
        carts.as_of_date,
        carts.customer_id,
        carts.product_id,
        dates.is_current,
        cast(dates.horizon_days as int) as horizon_days,
        ranked.purchase_probability,
        ranked.propensity_percentile,
        ranked.propensity_level,
        case
            when ranked.method is not null
                then cast(row_number() over (
                    partition by carts.as_of_date, carts.customer_id
                    order by
                        ranked.purchase_probability desc,
                        carts.days_since_last_seen asc,
                        carts.view_count desc,
                        carts.product_id asc
                ) as int)
        end as customer_rank
        {%- for column in shown %},
        carts.{{ column }}
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

    from carts

    inner join dates
        on carts.as_of_date = dates.as_of_date

    left join ranked
        on
            carts.as_of_date = ranked.as_of_date
            and carts.customer_id = ranked.customer_id
            and carts.product_id = ranked.product_id

)

select * from final
