{{ config(severity=var('recommendation_severity')) }}

-- a list that people use is no worse than its rule, nor than what was last accepted, where enough
-- customers say so
with

latest as (

    select
        list,
        value,
        baseline_value,
        case
            when list = 'buy_again' then {{ var('accepted_ndcg').get('buy_again', 0) }}
            else {{ var('accepted_ndcg').get('discover', 0) }}
        end as accepted_value

    from {{ ref('rpt_model_scorecard') }}

    where
        task = 'recommendation'
        and protocol = 'time_cut'
        and method = list
        and slice = 'something to find'
        and metric = 'ndcg'
        and k = 10
        and rows_scored >= {{ var('min_customers_evaluated') }}

    qualify row_number() over (partition by list order by as_of_date desc) = 1

)

select * from latest
where
    value < baseline_value
    or value < accepted_value
