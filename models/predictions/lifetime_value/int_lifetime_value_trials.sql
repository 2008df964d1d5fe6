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

compared as (

    select
        predictions.*,
        cast(outcomes.purchase_days_count as decimal(18, 6)) as actual_purchases,
        cast(outcomes.net_amount as decimal(18, 6)) as actual_value

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

trials as (

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
        actual_{{ target.name }} as actual
    from compared

    {{ 'union all' if not loop.last }}

    {% endfor %}
)

select * from trials
