with

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}

),

scored_windows as (

    select * from {{ ref('int_outcome_windows') }}
    where is_scored

),

orders as (

    select * from {{ ref('int_customer_order_days') }}

),

history as (

    select min(order_date) as first_date from orders
    where is_purchase

),

windows as (

    {% for days in value_horizons() -%}
    select
        as_of_date,
        cast({{ days }} as int) as horizon_days,
        true as is_served,
        false as is_scored
    from as_of_dates

    where is_current or is_backtest

    union all

    {% endfor -%}

    select
        as_of_date,
        horizon_days,
        false as is_served,
        true as is_scored
    from scored_windows

),

final as (

    select
        windows.as_of_date,
        windows.horizon_days,
        bool_or(windows.is_served) as is_served,
        bool_or(windows.is_scored) as is_scored,
        min({{ days_between('history.first_date', 'windows.as_of_date') }}) as history_days

    from windows

    inner join history
        on windows.as_of_date > history.first_date

    group by
        windows.as_of_date,
        windows.horizon_days

)

select * from final
