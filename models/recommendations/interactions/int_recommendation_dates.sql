{{ config(materialized='view') }}

{%- set horizon = var('prediction_horizon_days') %}

with

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

{% if var('use_recency') -%}
-- two windows that were closed by the first backtest, so that its lists too are chosen by the past
first_backtest as (

    select min(as_of_date) as as_of_date from feature_dates
    where is_backtest

),

{% endif -%}
dates as (

    select
        as_of_date,
        as_of_date as known_as_of_date,
        is_current,
        is_backtest,
        false as is_last_basket,
        false as is_training,
        'time_cut' as protocol
    from feature_dates

    where is_current or is_backtest

    {%- if var('use_recency') %}

    union all

    select
        feature_dates.as_of_date,
        feature_dates.as_of_date as known_as_of_date,
        false as is_current,
        false as is_backtest,
        false as is_last_basket,
        true as is_training,
        'time_cut' as protocol

    from feature_dates

    cross join first_backtest

    where
        not feature_dates.is_current
        and not feature_dates.is_backtest
        and feature_dates.as_of_date in (
            {{ add_days('first_backtest.as_of_date', -horizon) }},
            {{ add_days('first_backtest.as_of_date', -2 * horizon) }}
        )
    {%- else %}

    -- without meaningful dates: days after today stand for today without some products of each
    -- customer
    {%- for fold in hidden_folds() %}

    union all

    select
        {{ add_days('as_of_date', fold.days_after_today) }} as as_of_date,
        as_of_date as known_as_of_date,
        false as is_current,
        false as is_backtest,
        false as is_last_basket,
        true as is_training,
        'hidden_products' as protocol
    from feature_dates

    where is_current
    {%- endfor %}
    {%- endif %}

    {%- if var('evaluate_last_basket') %}

    union all

    -- the day after today stands for the day before each customer's last basket
    select
        {{ add_days('as_of_date', 1) }} as as_of_date,
        as_of_date as known_as_of_date,
        false as is_current,
        false as is_backtest,
        true as is_last_basket,
        false as is_training,
        'last_basket' as protocol
    from feature_dates

    where is_current
    {%- endif %}

),

final as (

    select
        *,
        is_current or is_backtest as is_published,
        {% if var('use_recency') -%}
        {{ add_days('known_as_of_date', horizon) }} as closed_date,
        {%- else -%}
        known_as_of_date as closed_date,
        {%- endif %}
        case
            when is_last_basket then {{ add_days('known_as_of_date', -horizon) }}
            else as_of_date
        end as decided_date

    from dates

)

select * from final
