{{ config(materialized='view') }}

with

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}

),

feature_dates as (

    select
        as_of_date,
        is_current,
        is_backtest,
        {{ add_days('as_of_date', -var('recent_days')) }} as recent_from_date,
        {{ add_days(
            'as_of_date', -var('recent_days') - var('comparison_days')
        ) }} as comparison_from_date

    from as_of_dates

    where is_current or is_backtest or is_training

)

select * from feature_dates
