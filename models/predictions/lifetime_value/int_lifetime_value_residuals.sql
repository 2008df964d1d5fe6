with

thresholds as (

    select * from {{ ref('int_lifetime_value_thresholds') }}

),

trials as (

    select * from {{ ref('int_lifetime_value_trials') }}
    where not is_challenger

),

served_trials as (

    select
        thresholds.*,
        case
            when thresholds.method = trials.method then trials.prediction
            else trials.rule_prediction
        end as prediction,
        trials.actual

    from thresholds

    inner join trials
        on
            thresholds.trial_as_of_date = trials.as_of_date
            and thresholds.horizon_days = trials.horizon_days
            and thresholds.target = trials.target

),

residuals as (

    select
        as_of_date,
        horizon_days,
        target,
        method,
        trial_as_of_date,
        {{ decile_of('prediction') }} as decile,
        prediction,
        actual,
        actual - prediction as residual
    from served_trials

),

-- 80 % of what followed lay between these
final as (

    select
        as_of_date,
        horizon_days,
        target,
        method,
        trial_as_of_date,
        decile,
        cast(count(*) as bigint) as customer_count,
        cast(sum(prediction) as decimal(18, 4)) as expected_total,
        cast(sum(actual) as decimal(18, 4)) as actual_total,
        cast(
            percentile_disc(0.1) within group (order by residual) as decimal(18, 6)
        ) as residual_low,
        cast(
            percentile_disc(0.9) within group (order by residual) as decimal(18, 6)
        ) as residual_high

    from residuals

    group by
        as_of_date,
        horizon_days,
        target,
        method,
        trial_as_of_date,
        decile

)

select * from final
