with

rules as (

    select
        list,
        method as rule
    from {{ ref('int_recommendation_methods') }}

    where is_rule

),

-- the last window that is closed, where enough customers had a list in it
latest as (

    select
        list,
        as_of_date,
        value as difference,
        low,
        high,
        rows_scored

    from {{ ref('int_recommendation_scorecard') }}

    where
        protocol = 'time_cut'
        and method = list
        and slice = 'something to find'
        and metric = 'ndcg_difference'
        and k = 10
        and beats_baseline is not null

    qualify row_number() over (partition by list order by as_of_date desc) = 1

),

final as (

    select
        rules.list,
        rules.rule,
        latest.as_of_date as window_as_of_date,
        latest.difference,
        latest.low,
        latest.high,
        latest.rows_scored,
        coalesce(latest.high < 0, false) as is_rule_served

    from rules

    left join latest
        on rules.list = latest.list

)

select * from final
