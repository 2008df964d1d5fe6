{%- set shown = [
    'auc', 'average_precision', 'brier', 'calibration_error', 'log_loss', 'bias', 'threshold',
    'accuracy', 'precision_rate', 'recall', 'f1', 'top_decile_lift'
] -%}

with

figures as (

    select * from {{ ref('int_probability_figures') }}
    where task = 'churn'

),

methods as (

    select * from {{ ref('int_prediction_methods') }}
    where task = 'churn'

),

dates as (

    select * from {{ ref('int_prediction_dates') }}
    where task = 'churn'

),

settings as (

    select distinct
        as_of_date,
        method,
        setting
    from {{ ref('int_prediction_trials') }}

    where
        task = 'churn'
        and is_taken

),

champions as (

    select * from {{ ref('int_prediction_champions') }}
    where task = 'churn'

),

final as (

    select
        fitted.as_of_date,
        fitted.method,
        settings.setting,
        dates.is_current,
        dates.is_backtest,
        methods.is_rule,
        dates.trained_as_of,
        cast(fitted.row_count as bigint) as fitted_customer_count,
        cast(tested.row_count as bigint) as customer_count,
        fitted.happened_rate as fitted_churn_rate,
        tested.happened_rate as churn_rate
        {%- for metric in shown %},
        {%- if metric not in ['threshold'] %}
        fitted.{{ metric }} as fitted_{{ metric }},
        tested.{{ metric }}
        {%- else %}
        fitted.{{ metric }}
        {%- endif %}
        {%- endfor %},
        coalesce(fitted.method = champions.champion, false) as is_champion,
        coalesce(fitted.method = champions.method, false) as is_served

    from figures as fitted

    inner join methods
        on fitted.method = methods.method

    inner join dates
        on fitted.as_of_date = dates.as_of_date

    inner join settings
        on
            fitted.as_of_date = settings.as_of_date
            and fitted.method = settings.method

    left join figures as tested
        on
            fitted.as_of_date = tested.as_of_date
            and fitted.method = tested.method
            and not tested.is_fitted_on

    left join champions
        on fitted.as_of_date = champions.as_of_date

    where fitted.is_fitted_on

)

select * from final
