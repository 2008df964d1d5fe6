{{ config(severity=var('recommendation_severity')) }}

-- no list that people use is surely worse than its rule, nor than what was last accepted: the
-- interval's upper end says so, where enough customers were scored
with

scorecard as (

    select * from {{ ref('rpt_model_scorecard') }}
    where
        task = 'recommendation'
        and protocol = 'time_cut'
        and method = list
        and slice = 'something to find'
        and k = 10

),

latest as (

    select
        differences.list,
        differences.high as high_difference,
        lists.high,
        case
            when differences.list = 'buy_again' then {{ var('accepted_ndcg').get('buy_again', 0) }}
            else {{ var('accepted_ndcg').get('discover', 0) }}
        end as accepted_value

    from scorecard as differences

    inner join scorecard as lists
        on
            differences.list = lists.list
            and differences.as_of_date = lists.as_of_date
            and lists.metric = 'ndcg'

    where
        differences.metric = 'ndcg_difference'
        and differences.beats_baseline is not null

    qualify row_number() over (
        partition by differences.list order by differences.as_of_date desc
    ) = 1

)

select * from latest
where
    high_difference < 0
    or high < accepted_value
