{%- set horizon = var('prediction_horizon_days') -%}

with

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}

),

today as (

    select as_of_date as today_date from as_of_dates
    where is_current

),

windows as (

    select
        as_of_date,
        cast({{ horizon }} as int) as horizon_days,
        is_backtest as is_scored
    from as_of_dates

    where is_backtest or is_training

    {% for days in outcome_horizons() -%}
    union all

    -- what was known then of a prediction that looks so far ahead
    select
        {{ add_days('as_of_date', -days) }} as as_of_date,
        cast({{ days }} as int) as horizon_days,
        true as is_scored
    from as_of_dates

    where is_current or is_backtest

    {% endfor %}
),

-- no window passes today
final as (

    select
        windows.as_of_date,
        windows.horizon_days,
        {{ add_days('windows.as_of_date', 'windows.horizon_days') }} as closed_on_date,
        bool_or(windows.is_scored) as is_scored

    from windows

    cross join today

    where
        {{ add_days('windows.as_of_date', 'windows.horizon_days') }} <= today.today_date

    group by
        windows.as_of_date,
        windows.horizon_days

)

select * from final
