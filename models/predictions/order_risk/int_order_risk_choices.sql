{%- set rule = order_risk_methods()[0].name -%}

with

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

scores as (

    select
        cast(count(*) as bigint) as order_count,
        min(order_date) as first_order_date,
        min(anomaly_score) as lowest_score,
        max(anomaly_score) as highest_score,
        count(fraud_score) > 0 as has_labels
    from {{ ref('int_order_risk_scores') }}

    where is_current

),

figures as (

    select * from {{ ref('int_order_risk_figures') }}

),

scorecard as (

    select * from {{ ref('int_order_risk_scorecard') }}
    where metric = 'precision_difference'

),

last_backtest as (

    select max(as_of_date) as as_of_date
    from {{ ref('int_feature_dates') }}

    where is_backtest

),

-- labels are learned from where they surely find more than the rule did in what followed the latest
-- backtest, and no fewer than the forest did
learned as (

    select
        scorecard.list,
        scorecard.method,
        scorecard.beats_baseline,
        figures.found_count >= forests.found_count as is_level_with_forest

    from scorecard

    inner join last_backtest
        on scorecard.as_of_date = last_backtest.as_of_date

    inner join figures
        on
            scorecard.list = figures.list
            and scorecard.as_of_date = figures.as_of_date
            and scorecard.method = figures.method
            and scorecard.k = figures.k

    inner join figures as forests
        on
            scorecard.list = forests.list
            and scorecard.as_of_date = forests.as_of_date
            and scorecard.k = forests.k
            and forests.method = 'isolation_forest'

    where
        scorecard.method = 'logistic_regression'
        and scorecard.protocol = 'time_cut'
        and scorecard.k = 100

),

-- the forest, which knows no outcome, is judged by all orders whose outcome is known
unlearned as (

    select
        list,
        method,
        beats_baseline,
        beats_baseline is not null and high < 0 as is_worse_than_rule
    from scorecard

    where
        method = 'isolation_forest'
        and protocol = 'in_sample'
        and k = 100

),

judged as (

    select
        today.as_of_date,
        scores.order_count,
        scores.has_labels,
        case when scores.has_labels then 'fraudulent_orders' else 'cancelled_orders' end as list,
        coalesce(
            scores.has_labels and learned.beats_baseline and learned.is_level_with_forest, false
        ) as is_learned,
        coalesce(unlearned.is_worse_than_rule, false) as is_rule_served,
        learned.beats_baseline as learned_beats_baseline,
        unlearned.beats_baseline as forest_beats_baseline,
        case
            when scores.order_count < {{ fewest_orders() }}
                then
                    'Fewer than {{ fewest_orders() }} orders have been placed, too few to tell'
                    || ' which are unlike the others.'
            when
                {{ days_between('scores.first_order_date', 'today.as_of_date') }}
                < {{ var('order_outcome_days') }}
                then
                    'The first order was placed less than {{ var("order_outcome_days") }} days ago,'
                    || ' so that nothing is usual yet.'
            when scores.lowest_score is null or scores.lowest_score = scores.highest_score
                then 'No order differs from another.'
        end as no_score_reason

    from today

    cross join scores

    left join learned
        on true

    left join unlearned
        on unlearned.list
        = case when scores.has_labels then 'fraudulent_orders' else 'cancelled_orders' end

),

final as (

    select
        as_of_date,
        order_count,
        has_labels,
        list,
        case
            when is_learned then 'logistic_regression'
            when is_rule_served then '{{ rule }}'
            else 'isolation_forest'
        end as method,
        case
            when is_learned then learned_beats_baseline
            when not is_rule_served then forest_beats_baseline
        end as beats_baseline,
        no_score_reason
    from judged

)

select * from final
