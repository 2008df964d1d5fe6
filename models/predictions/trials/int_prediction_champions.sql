with

choices as (

    select * from {{ ref('int_prediction_choices') }}
    where is_chosen

),

methods as (

    select * from {{ ref('int_prediction_methods') }}

),

dates as (

    select * from {{ ref('int_prediction_dates') }}

),

rules as (

    select
        task,
        method
    from methods

    where is_rule

),

served as (

    select
        choices.task,
        choices.as_of_date,
        choices.method as champion,
        case when choices.is_rule_served then rules.method else choices.method end as method

    from choices

    inner join rules
        on choices.task = rules.task

),

final as (

    select
        served.task,
        served.as_of_date,
        dates.is_current,
        dates.trained_as_of,
        served.champion,
        served.method,
        methods.is_linear,
        methods.is_sql

    from served

    inner join dates
        on
            served.task = dates.task
            and served.as_of_date = dates.as_of_date

    inner join methods
        on
            served.task = methods.task
            and served.method = methods.method

)

select * from final
