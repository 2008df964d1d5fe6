with

choices as (

    select * from {{ ref('int_lifetime_value_choices') }}
    where method is not null

),

trials as (

    select * from {{ ref('int_lifetime_value_trials') }}
    where not is_challenger

),

-- what the method that is served said as of the closed window
served_trials as (

    select
        choices.as_of_date,
        choices.horizon_days,
        choices.target,
        choices.method,
        choices.trial_as_of_date,
        case
            when choices.method = trials.method then trials.prediction
            else trials.rule_prediction
        end as prediction

    from choices

    inner join trials
        on
            choices.trial_as_of_date = trials.as_of_date
            and choices.horizon_days = trials.horizon_days
            and choices.target = trials.target

),

thresholds as (

    select
        as_of_date,
        horizon_days,
        target,
        method,
        trial_as_of_date,
        {{ decile_thresholds('prediction') }}

    from served_trials

    group by
        as_of_date,
        horizon_days,
        target,
        method,
        trial_as_of_date

)

select * from thresholds
