{%- set shown = [
    'mean_outcome', 'mean_prediction', 'bias', 'mae', 'rmse', 'r2', 'top_decile_share'
] -%}

with

figures as (

    select * from {{ ref('int_amount_figures') }}

),

methods as (

    select * from {{ ref('int_prediction_methods') }}

),

dates as (

    select * from {{ ref('int_prediction_dates') }}

),

champions as (

    select * from {{ ref('int_prediction_champions') }}

),

final as (

    select
        fitted.task,
        fitted.as_of_date,
        fitted.method,
        fitted.setting,
        dates.is_current,
        dates.is_backtest,
        methods.is_rule,
        dates.trained_as_of,
        fitted.customer_count as fitted_customer_count,
        tested.customer_count
        {%- for metric in shown %},
        fitted.{{ metric }} as fitted_{{ metric }},
        tested.{{ metric }}
        {%- endfor %},
        coalesce(fitted.method = champions.champion, false) as is_champion,
        coalesce(fitted.method = champions.method, false) as is_served

    from figures as fitted

    inner join methods
        on
            fitted.task = methods.task
            and fitted.method = methods.method

    inner join dates
        on
            fitted.task = dates.task
            and fitted.as_of_date = dates.as_of_date

    left join figures as tested
        on
            fitted.task = tested.task
            and fitted.as_of_date = tested.as_of_date
            and fitted.method = tested.method
            and not tested.is_fitted_on

    left join champions
        on
            fitted.task = champions.task
            and fitted.as_of_date = champions.as_of_date

    where fitted.is_fitted_on

)

select * from final
