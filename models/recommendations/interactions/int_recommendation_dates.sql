{{ config(materialized='view') }}

with

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

dates as (

    select
        as_of_date,
        as_of_date as known_as_of_date,
        is_current,
        is_backtest,
        false as is_last_basket,
        'time_cut' as protocol
    from feature_dates

    where is_current or is_backtest
    {%- if var('evaluate_last_basket') %}

    union all

    -- the day after today stands for the day before each customer's last basket
    select
        {{ add_days('as_of_date', 1) }} as as_of_date,
        as_of_date as known_as_of_date,
        false as is_current,
        false as is_backtest,
        true as is_last_basket,
        'last_basket' as protocol
    from feature_dates

    where is_current
    {%- endif %}

)

select * from dates
