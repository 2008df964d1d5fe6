{%- set shown = [
    'auc', 'average_precision', 'brier', 'calibration_error', 'log_loss', 'bias', 'accuracy',
    'precision_rate', 'recall', 'f1', 'top_decile_lift'
] -%}
{%- set tasks = ['visitor_propensity', 'cart_propensity'] -%}

with

methods as (

    select * from {{ ref('int_prediction_methods') }}
    where task in ('{{ tasks | join("', '") }}')

),

dates as (

    select * from {{ ref('int_prediction_dates') }}
    where is_published

),

figures as (

    select * from {{ ref('int_probability_figures') }}

),

settings as (

    select distinct
        task,
        as_of_date,
        method,
        setting
    from {{ ref('int_prediction_trials') }}

    where
        task in ('{{ tasks | join("', '") }}')
        and is_taken

),

champions as (

    select * from {{ ref('int_prediction_champions') }}

),

scorecard as (

    select * from {{ ref('int_probability_scorecard') }}
    where
        slice = 'all customers'
        and metric = 'brier'

),

-- all methods, also where none could be tried
final as (

    select
        methods.task,
        dates.as_of_date,
        methods.method,
        settings.setting,
        dates.is_current,
        dates.is_backtest,
        methods.is_rule,
        dates.trained_from,
        dates.trained_as_of,
        cast(fitted.row_count as bigint) as fitted_row_count,
        cast(tested.row_count as bigint) as row_count,
        fitted.happened_rate as fitted_purchase_rate,
        tested.happened_rate as purchase_rate,
        fitted.threshold
        {%- for metric in shown %},
        fitted.{{ metric }} as fitted_{{ metric }},
        tested.{{ metric }}
        {%- endfor %},
        scorecard.beats_baseline,
        coalesce(methods.method = champions.champion, false) as is_champion,
        coalesce(methods.method = champions.method, false) as is_served,
        {{ no_score_reason('champions.method', 'dates.reason') }} as no_score_reason

    from methods

    inner join dates
        on methods.task = dates.task

    left join champions
        on
            dates.task = champions.task
            and dates.as_of_date = champions.as_of_date

    left join settings
        on
            dates.task = settings.task
            and dates.as_of_date = settings.as_of_date
            and methods.method = settings.method
    {%- for kind in ['fitted', 'tested'] %}

    left join figures as {{ kind }}
        on
            dates.task = {{ kind }}.task
            and dates.as_of_date = {{ kind }}.as_of_date
            and methods.method = {{ kind }}.method
            and {{ '' if kind == 'fitted' else 'not ' }}{{ kind }}.is_fitted_on
    {%- endfor %}

    left join scorecard
        on
            dates.task = scorecard.task
            and dates.as_of_date = scorecard.as_of_date
            and methods.method = scorecard.method

)

select * from final
