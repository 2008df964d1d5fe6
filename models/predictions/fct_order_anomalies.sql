{%- set reason_count = 3 -%}

with

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

choices as (

    select * from {{ ref('int_order_risk_choices') }}

),

features as (

    select * from {{ ref('int_order_risk_features') }}

),

outcomes as (

    select * from {{ ref('int_order_outcomes') }}

),

-- the place by the method that is served, and how many orders it puts behind
placed as (

    select
        scores.order_id,
        scores.rule_weight,
        scores.rule_count,
        scores.anomaly_score,
        scores.fraud_score,
        choices.method,
        case choices.method
            {%- for method in order_risk_methods() %}
            when '{{ method.name }}' then scores.{{ method.name }}_rank
            {%- endfor %}
        end as risk_rank,
        case choices.method
            {%- for method in order_risk_methods() if method.direction == 'desc' %}
            when '{{ method.name }}' then cast(scores.{{ method.score }} as double)
            {%- endfor %}
            else -scores.{{ order_risk_methods()[0].name }}_rank
        end as method_score

    from {{ ref('int_order_risk_scores') }} as scores

    cross join choices

    where scores.is_current

),

scored as (

    select
        *,
        percent_rank() over (order by method_score) as risk_score
    from placed

),

reasons as (

    select
        order_id,
        {%- for number in range(1, reason_count + 1) %}
        max(case when reason_number = {{ number }} then reason end) as reason_{{ number }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_order_risk_reasons') }}

    group by order_id

),

final as (

    select
        today.as_of_date,
        features.order_id,
        features.customer_id,
        features.placed_at,
        features.order_date,
        features.order_date >= {{ add_days('today.as_of_date', -var('recent_days')) }} as is_recent,
        features.line_count,
        {{ money('features.order_amount') }} as order_amount,
        case
            when choices.no_score_reason is null
                then cast(scored.risk_score as decimal(18, 6))
        end as risk_score,
        case when choices.no_score_reason is null then scored.risk_rank end as risk_rank,
        case
            when choices.no_score_reason is not null then null
            when scored.risk_score > 1 - {{ var('hold_order_share') }} then 'hold'
            when scored.risk_score > 1 - {{ var('verify_order_share') }} then 'verify'
            else 'pass'
        end as suggested_action,
        {%- for number in range(1, reason_count + 1) %}
        reasons.reason_{{ number }},
        {%- endfor %}
        scored.rule_count,
        scored.rule_weight,
        cast(scored.anomaly_score as decimal(18, 6)) as anomaly_score,
        cast(scored.fraud_score as decimal(18, 6)) as fraud_score,
        outcomes.is_undone,
        outcomes.is_fraud,
        case when choices.no_score_reason is null then choices.method end as method,
        case when choices.no_score_reason is null then choices.beats_baseline end as beats_baseline,
        choices.no_score_reason

    from features

    cross join today

    cross join choices

    inner join scored
        on features.order_id = scored.order_id

    inner join outcomes
        on features.order_id = outcomes.order_id

    left join reasons
        on features.order_id = reasons.order_id

)

select * from final
