with

predictions as (

    select * from {{ ref('int_lifetime_value_predictions') }}
    where is_scored

),

samples as (

    select * from {{ ref('int_lifetime_value_samples') }}

),

outcomes as (

    select * from {{ ref('int_customer_outcomes') }}

),

-- what boosted trees say of the same windows, where one is as long as theirs
challengers as (

    select
        as_of_date,
        customer_id,
        cast({{ var('prediction_horizon_days') }} as int) as horizon_days,
        case when task = 'spend' then 'value' else task end as target,
        method,
        prediction
    from {{ ref('int_prediction_trials') }}

    where
        task in ('spend', 'purchases')
        and method = 'gradient_boosting'
        and is_taken
        and not is_fitted_on

),

compared as (

    select
        predictions.*,
        cast(outcomes.purchase_days_count as decimal(28, 6)) as actual_purchases,
        cast(outcomes.net_amount as decimal(28, 6)) as actual_value

    from predictions

    inner join samples
        on
            predictions.as_of_date = samples.as_of_date
            and predictions.customer_id = samples.customer_id

    inner join outcomes
        on
            predictions.as_of_date = outcomes.as_of_date
            and predictions.horizon_days = outcomes.horizon_days
            and predictions.customer_id = outcomes.customer_id

),

own_trials as (

    {% for target in value_targets() -%}
    select
        as_of_date,
        horizon_days,
        customer_id,
        '{{ target.name }}' as target,
        '{{ target.method }}' as method,
        model_{{ target.name }} as prediction,
        '{{ target.rule }}' as rule,
        rule_{{ target.name }} as rule_prediction,
        actual_{{ target.name }} as actual,
        false as is_challenger
    from compared

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

challenged as (

    select
        own_trials.as_of_date,
        own_trials.horizon_days,
        own_trials.customer_id,
        own_trials.target,
        challengers.method,
        cast(challengers.prediction as decimal(28, 6)) as prediction,
        own_trials.rule,
        own_trials.rule_prediction,
        own_trials.actual,
        true as is_challenger

    from own_trials

    inner join challengers
        on
            own_trials.as_of_date = challengers.as_of_date
            and own_trials.horizon_days = challengers.horizon_days
            and own_trials.customer_id = challengers.customer_id
            and own_trials.target = challengers.target

),

trials as (

    select * from own_trials

    union all

    select * from challenged

)

select * from trials
