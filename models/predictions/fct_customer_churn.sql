with

dates as (

    select * from {{ ref('int_prediction_dates') }}
    where
        task = 'churn'
        and is_published

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

scores as (

    select
        as_of_date,
        customer_id,
        method,
        cast(1 - prediction as decimal(18, 6)) as churn_probability
    from {{ ref('int_prediction_scores') }}

    where task = 'churn'

),

figures as (

    select * from {{ ref('int_probability_figures') }}
    where
        task = 'churn'
        and not is_fitted_on

),

scorecard as (

    select * from {{ ref('int_probability_scorecard') }}
    where
        task = 'churn'
        and slice = 'all customers'
        and metric = 'brier'

),

reasons as (

    select
        as_of_date,
        customer_id
        {%- for number in [1, 2, 3] %},
        max(case when reason_number = {{ number }} then reason end) as reason_{{ number }},
        max(case when reason_number = {{ number }} then effect end) as effect_{{ number }}
        {%- endfor %}
    from {{ ref('int_churn_reasons') }}

    group by
        as_of_date,
        customer_id

),

-- equal probabilities share the middle of their places
ranked as (

    select
        *,
        cast(
            (
                rank() over (partition by as_of_date order by churn_probability)
                - 1
                + count(*) over (partition by as_of_date, churn_probability) / cast(2 as double)
            ) / count(*) over (partition by as_of_date) as decimal(18, 6)
        ) as churn_percentile
    from scores

),

{% if var('fairness_mitigation') -%}
-- a place among those of one's own group, so that as many of each group are called a high risk
placed as (

    select
        ranked.*,
        cast(
            (
                rank() over (
                    partition by ranked.as_of_date, {{ fairness_group() }}
                    order by ranked.churn_probability
                )
                - 1
                + count(*) over (
                    partition by
                        ranked.as_of_date, {{ fairness_group() }}, ranked.churn_probability
                ) / cast(2 as double)
            ) / count(*) over (
                partition by ranked.as_of_date, {{ fairness_group() }}
            ) as decimal(18, 6)
        ) as risk_percentile

    from ranked

    left join {{ ref('int_customers') }} as customers
        on ranked.customer_id = customers.customer_id

),
{%- else -%}
placed as (

    select
        *,
        churn_percentile as risk_percentile
    from ranked

),
{%- endif %}

final as (

    select
        rfm.as_of_date,
        rfm.customer_id,
        dates.is_current,
        placed.churn_probability,
        placed.churn_percentile,
        case
            when placed.risk_percentile > 0.8 then 'high'
            when placed.risk_percentile > 0.5 then 'medium'
            when placed.risk_percentile is not null then 'low'
        end as risk_level,
        placed.method,
        scorecard.beats_baseline,
        case when placed.method is not null then dates.backtest_date end as backtest_date,
        figures.bias as backtest_bias
        {%- for number in [1, 2, 3] %},
        reasons.reason_{{ number }},
        reasons.effect_{{ number }}
        {%- endfor %},
        case
            when placed.method is null or reasons.reason_1 is not null then null
            when placed.method in ('decision_tree', 'random_forest', 'gradient_boosting')
                then
                    'Reasons are made for the customers with most value at risk: 5,000 of a '
                    || 'forest, 100,000 of other trees.'
            else 'Reasons are not made for ' || placed.method || '.'
        end as no_explanation_reason,
        {{ no_score_reason('placed.churn_probability', 'dates.reason') }} as no_score_reason

    from rfm

    inner join dates
        on rfm.as_of_date = dates.as_of_date

    left join placed
        on
            rfm.as_of_date = placed.as_of_date
            and rfm.customer_id = placed.customer_id

    left join figures
        on
            dates.backtest_date = figures.as_of_date
            and placed.method = figures.method

    left join scorecard
        on
            dates.backtest_date = scorecard.as_of_date
            and placed.method = scorecard.method

    left join reasons
        on
            rfm.as_of_date = reasons.as_of_date
            and rfm.customer_id = reasons.customer_id

)

select * from final
