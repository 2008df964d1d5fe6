{%- set values = [
    'gaps_since_last_purchase', 'purchase_change_rate', 'spend_change_rate', 'visit_change_rate',
    'days_since_last_visit', 'average_rating', 'return_share', 'recency_days'
] -%}
{%- set gap_days = 'cast(alerts.threshold as decimal(28, 9)) * features.average_gap_days' -%}

with

dates as (

    select * from {{ ref('int_feature_dates') }}
    where is_current or is_backtest

),

features as (

    select * from {{ ref('int_customer_features') }}
    where as_of_date in (select as_of_date from dates)

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

signals as (

    select * from {{ ref('churn_signals') }}

),

-- a row for each customer and feature that a signal may be about
measured as (

    {% for name in values -%}
    select
        as_of_date,
        customer_id,
        '{{ name }}' as feature,
        cast({{ name }} as decimal(18, 6)) as feature_value
    from features

    where {{ name }} is not null

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

alerts as (

    select
        measured.as_of_date,
        measured.customer_id,
        signals.signal,
        signals.feature,
        signals.meaning,
        signals.threshold,
        measured.feature_value

    from measured

    inner join dates
        on measured.as_of_date = dates.as_of_date

    inner join signals
        on
            measured.feature = signals.feature
            and case
                when signals.is_above then measured.feature_value > signals.threshold
                else measured.feature_value < signals.threshold
            end

    inner join features
        on
            measured.as_of_date = features.as_of_date
            and measured.customer_id = features.customer_id
            and signals.min_purchase_days <= features.purchase_days_count

),

final as (

    select
        alerts.as_of_date,
        alerts.customer_id,
        dates.is_current,
        alerts.signal,
        alerts.meaning,
        alerts.feature,
        alerts.feature_value,
        case
            when alerts.feature in ('gaps_since_last_purchase', 'recency_days')
                then
                    'last bought ' || {{ counted_words('features.recency_days', 'day') }} || ' ago'
                    || coalesce(
                        ', usually every '
                        || {{ number_words('round(features.average_gap_days, 0)') }}, ''
                    )
            when alerts.feature = 'purchase_change_rate'
                then
                    {{ counted_words('features.recent_purchase_count', 'purchase') }}
                    || ' in the last {{ var("recent_days") }} days, '
                    || {{ number_words('features.comparison_purchase_count') }}
                    || ' in the {{ var("comparison_days") }} before'
            when alerts.feature = 'spend_change_rate'
                then
                    {{ number_words('features.recent_spend_amount', 2) }}
                    || ' spent in the last {{ var("recent_days") }} days, '
                    || {{ number_words('features.comparison_spend_amount', 2) }}
                    || ' in the {{ var("comparison_days") }} before'
            when alerts.feature = 'days_since_last_visit'
                then
                    'last visit '
                    || {{ counted_words('features.days_since_last_visit', 'day') }} || ' ago'
            when alerts.feature = 'visit_change_rate'
                then
                    {{ counted_words('coalesce(features.recent_visit_count, 0)', 'visit') }}
                    || ' in the last {{ var("recent_days") }} days, of '
                    || {{ number_words('features.visit_count') }} || ' in all'
            when alerts.feature = 'average_rating'
                then
                    'gave ' || {{ counted_words('features.review_count', 'rating') }} || ', '
                    || {{ number_words('features.average_rating', 2) }} || ' on average'
            else
                replace(alerts.feature, '_', ' ') || ' '
                || {{ number_words('alerts.feature_value', 2) }}
        end as what_changed,
        case
            when alerts.feature = 'gaps_since_last_purchase'
                then {{ add_days(
                    'rfm.last_purchase_date',
                    'cast(floor(' ~ gap_days ~ ') as int) + 1'
                ) }}
            when alerts.feature = 'recency_days'
                then {{ add_days(
                    'rfm.last_purchase_date', 'cast(floor(alerts.threshold) as int) + 1'
                ) }}
            when alerts.feature = 'days_since_last_visit'
                then {{ add_days(
                    'dates.as_of_date',
                    'cast(floor(alerts.threshold) as int) + 1 - cast(alerts.feature_value as int)'
                ) }}
            when
                alerts.feature
                in ('purchase_change_rate', 'spend_change_rate', 'visit_change_rate')
                then dates.recent_from_date
        end as since_date

    from alerts

    inner join dates
        on alerts.as_of_date = dates.as_of_date

    inner join features
        on
            alerts.as_of_date = features.as_of_date
            and alerts.customer_id = features.customer_id

    inner join rfm
        on
            alerts.as_of_date = rfm.as_of_date
            and alerts.customer_id = rfm.customer_id

)

select * from final
