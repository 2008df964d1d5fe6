{%- set tasks = {
    'customers': 'churn', 'visitors': 'visitor_propensity', 'carts': 'cart_propensity'
} -%}
{%- set order_features = order_risk_features() | map(attribute='name')
    | reject('equalto', 'fraud_score') | list -%}

with

dates as (

    select
        task,
        as_of_date,
        backtest_date
    from {{ ref('int_prediction_dates') }}

    where is_current

),

-- what is said of a task's subjects is said as of its dates; of orders and reviews as of churn's
subject_dates as (

    {% for subject, task in tasks.items() -%}
    select
        '{{ subject }}' as subject,
        as_of_date,
        backtest_date
    from dates

    where task = '{{ task }}'

    union all

    {% endfor -%}
    {% for subject in ['orders', 'reviews'] -%}
    select
        '{{ subject }}' as subject,
        as_of_date,
        backtest_date
    from dates

    where task = 'churn'

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

features as (

    select
        population as subject,
        feature,
        feature_number
    from {{ ref('int_prediction_features') }}

    where is_number

),

points as (

    select
        'customers' as subject,
        as_of_date,
        numbers
    from {{ ref('int_prediction_points') }}

    where sample_number <= {{ var('fit_sample_customers') }}

    union all

    select
        population as subject,
        as_of_date,
        numbers
    from {{ ref('int_propensity_points') }}

    where sample_number <= {{ var('fit_sample_customers') }}

),

scores as (

    select
        case task
            {%- for subject, task in tasks.items() if subject != 'customers' %}
            when '{{ task }}' then '{{ subject }}'
            {%- endfor %}
            else 'customers'
        end as subject,
        task as name,
        as_of_date,
        prediction as value
    from {{ ref('int_prediction_scores') }}

    union all

    select
        'customers' as subject,
        'expected_value_' || cast(horizon_days as string) || '_days' as name,
        as_of_date,
        value
    from {{ ref('int_lifetime_values') }}

),

order_scores as (

    select
        order_id,
        placed_at,
        anomaly_score,
        isolation_forest_rank,
        count(*) over () as order_count
    from {{ ref('int_order_risk_scores') }}

    where is_current

),

order_features as (

    select * from {{ ref('int_order_risk_features') }}

),

reviews as (

    select * from {{ ref('int_review_sentiment') }}
    where sentiment_score is not null

),

subject_values as (

    select
        points.subject,
        'feature' as kind,
        features.feature as name,
        points.as_of_date = subject_dates.as_of_date as is_current,
        cast({{ element('points.numbers', 'features.feature_number') }} as decimal(28, 9))
        as value

    from subject_dates

    inner join points
        on
            subject_dates.subject = points.subject
            and (
                subject_dates.as_of_date = points.as_of_date
                or subject_dates.backtest_date = points.as_of_date
            )

    inner join features
        on points.subject = features.subject

    union all

    select
        scores.subject,
        'score' as kind,
        scores.name,
        scores.as_of_date = subject_dates.as_of_date as is_current,
        cast(scores.value as decimal(28, 9)) as value

    from subject_dates

    inner join scores
        on
            subject_dates.subject = scores.subject
            and (
                subject_dates.as_of_date = scores.as_of_date
                or subject_dates.backtest_date = scores.as_of_date
            )

),

-- orders and reviews before the backtest, and since, by the scores of today
order_values as (

    select
        subject_dates.subject,
        'score' as kind,
        'order_risk' as name,
        order_scores.placed_at >= subject_dates.backtest_date as is_current,
        cast(order_scores.anomaly_score as decimal(28, 9)) as value

    from subject_dates

    cross join order_scores

    where
        subject_dates.subject = 'orders'
        and subject_dates.backtest_date is not null
        and order_scores.anomaly_score is not null

    {% for feature in order_features -%}
    union all

    select
        subject_dates.subject,
        'feature' as kind,
        '{{ feature }}' as name,
        order_scores.placed_at >= subject_dates.backtest_date as is_current,
        cast(order_features.{{ feature }} as decimal(28, 9)) as value

    from subject_dates

    cross join order_scores

    inner join order_features
        on order_scores.order_id = order_features.order_id

    where
        subject_dates.subject = 'orders'
        and subject_dates.backtest_date is not null
        -- of many orders one of so many, by their rank
        and order_scores.isolation_forest_rank % cast(
            ceil(order_scores.order_count / cast({{ var('fit_sample_customers') }} as double))
            as bigint
        ) = 0

    {% endfor -%}
    union all

    select
        subject_dates.subject,
        'score' as kind,
        'sentiment' as name,
        reviews.reviewed_at >= subject_dates.backtest_date as is_current,
        cast(reviews.sentiment_score as decimal(28, 9)) as value

    from subject_dates

    cross join reviews

    where
        subject_dates.subject = 'reviews'
        and subject_dates.backtest_date is not null
        and reviews.reviewed_at is not null

),

compared as (

    select * from subject_values

    union all

    select * from order_values

),

{{ stability_indexes('compared', ['subject', 'kind', 'name']) }},

counts as (

    select
        subject,
        kind,
        name,
        count(*) filter (where is_current) as current_count,
        count(*) filter (where not is_current) as backtest_count,
        count(value) filter (where is_current) as known_current_count,
        count(value) filter (where not is_current) as known_backtest_count,
        {{ decimal_mean('case when is_current then value end', 28, 9) }} as current_mean,
        {{ decimal_mean('case when not is_current then value end', 28, 9) }} as backtest_mean
    from compared

    group by
        subject,
        kind,
        name

),

names as (

    select
        subject,
        'feature' as kind,
        feature as name
    from features

    {% for task in prediction_tasks() -%}
    union all

    select
        '{{ task.population }}' as subject,
        'score' as kind,
        '{{ task.name }}' as name

    {% endfor -%}
    {% for horizon in value_horizons() -%}
    union all

    select
        'customers' as subject,
        'score' as kind,
        'expected_value_{{ horizon }}_days' as name

    {% endfor -%}
    {% for feature in order_features -%}
    union all

    select
        'orders' as subject,
        'feature' as kind,
        '{{ feature }}' as name

    {% endfor -%}
    union all

    select
        'orders' as subject,
        'score' as kind,
        'order_risk' as name

    union all

    select
        'reviews' as subject,
        'score' as kind,
        'sentiment' as name

),

final as (

    select
        names.subject,
        names.kind,
        names.name,
        subject_dates.as_of_date,
        subject_dates.backtest_date,
        coalesce(counts.current_count, 0) as current_count,
        coalesce(counts.backtest_count, 0) as backtest_count,
        coalesce(counts.known_current_count, 0) as known_current_count,
        coalesce(counts.known_backtest_count, 0) as known_backtest_count,
        counts.current_mean,
        counts.backtest_mean,
        indexes.tenth_count,
        indexes.stability_index

    from names

    inner join subject_dates
        on names.subject = subject_dates.subject

    left join counts
        on
            names.subject = counts.subject
            and names.kind = counts.kind
            and names.name = counts.name

    left join indexes
        on
            names.subject = indexes.subject
            and names.kind = indexes.kind
            and names.name = indexes.name

)

select * from final
