{%- set horizon = var('prediction_horizon_days') -%}

with

order_days as (

    select * from {{ ref('int_order_days') }}
    where not is_cancelled

),

events as (

    select * from {{ ref('stg_shop__events') }}

),

-- the first and last day on which anything is known; events count where there are no orders
history as (

    select
        min(order_date) as first_date,
        max(order_date) as last_date
    from order_days

),

event_history as (

    select
        cast(min(occurred_at) as date) as first_date,
        cast(max(occurred_at) as date) as last_date
    from events

),

today as (

    select
        {% if var('as_of_date') -%}
        cast('{{ var("as_of_date") }}' as date) as as_of_date,
        {%- else -%}
        {{ add_days('coalesce(history.last_date, event_history.last_date)', 1) }} as as_of_date,
        {%- endif %}
        coalesce(history.first_date, event_history.first_date) as first_date

    from history

    cross join event_history

),

backtests as (

    {% for date in var('backtest_dates') -%}
    select cast('{{ date }}' as date) as as_of_date
    {{ 'union all' if not loop.last }}
    {% else -%}
    select {{ add_days('as_of_date', -horizon) }} as as_of_date
    from today
    {%- endfor %}

),

-- only those whose outcome is fully known today
closed_backtests as (

    select backtests.as_of_date

    from backtests

    inner join today
        on {{ add_days('backtests.as_of_date', horizon) }} <= today.as_of_date

),

-- fits are held as of it, so it has its own windows to learn from
held as (

    select {{ held_date() }} as as_of_date from today
    where {{ held_date() }} <= as_of_date

),

flagged as (

    select
        as_of_date,
        true as is_current,
        false as is_backtest,
        false as is_training,
        false as is_month_start
    from today

    union all

    select
        as_of_date,
        false as is_current,
        true as is_backtest,
        false as is_training,
        false as is_month_start
    from closed_backtests

    union all

    select
        as_of_date,
        false as is_current,
        false as is_backtest,
        true as is_training,
        false as is_month_start
    from held

    {% for window in range(1, var('training_windows') + 1) -%}
    {%- for origin in ['today', 'closed_backtests', 'held'] %}
    union all

    select
        {{ add_days('as_of_date', -horizon * window) }} as as_of_date,
        false as is_current,
        false as is_backtest,
        true as is_training,
        false as is_month_start
    from {{ origin }}

    {% endfor -%}
    {%- endfor -%}

    {%- for month in range(var('history_months') + 1) %}
    union all

    select
        {{ add_months('as_of_date', -month) }} as as_of_date,
        false as is_current,
        false as is_backtest,
        false as is_training,
        true as is_month_start
    from today

    {% endfor %}
),

dates as (

    select
        flagged.as_of_date,
        bool_or(flagged.is_current) as is_current,
        bool_or(flagged.is_backtest) as is_backtest,
        bool_or(flagged.is_training) as is_training,
        bool_or(flagged.is_month_start) as is_month_start

    from flagged

    cross join today

    where flagged.as_of_date > today.first_date

    group by flagged.as_of_date

)

select * from dates
