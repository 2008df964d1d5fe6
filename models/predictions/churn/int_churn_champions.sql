with

choices as (

    select * from {{ ref('int_churn_choices') }}
    where is_chosen

),

methods as (

    select * from {{ ref('int_churn_methods') }}

),

dates as (

    select * from {{ ref('int_prediction_dates') }}

),

rules as (

    select method from methods
    where is_rule

),

served as (

    select
        choices.as_of_date,
        choices.method as champion,
        case when choices.is_rule_served then rules.method else choices.method end as method

    from choices

    cross join rules

),

final as (

    select
        served.as_of_date,
        dates.is_current,
        dates.trained_as_of,
        served.champion,
        served.method,
        methods.is_linear,
        methods.is_sql

    from served

    inner join dates
        on served.as_of_date = dates.as_of_date

    inner join methods
        on served.method = methods.method

)

select * from final
