with

candidates as (

    select * from {{ ref('int_candidate_sentences') }}
    where list is not null

),

-- whether the list was better than its rule when it was last put to the test
verdicts as (

    select
        list,
        beats_baseline
    from {{ ref('int_recommendation_scorecard') }}

    where
        protocol = 'time_cut'
        and method = list
        and slice = 'something to find'
        and metric = 'ndcg'
        and k = 10

    qualify row_number() over (partition by list order by as_of_date desc) = 1

),

final as (

    select
        candidates.as_of_date,
        candidates.customer_id,
        candidates.list,
        candidates.list_rank as rank,
        candidates.is_current,
        candidates.product_id,
        candidates.product_name,
        candidates.list_score as score,
        candidates.method,
        verdicts.beats_baseline,
        candidates.reason_product_id,
        candidates.reason_share,
        candidates.reason

    from candidates

    left join verdicts
        on candidates.list = verdicts.list

)

select * from final
