with

lists as (

    select * from {{ ref('int_recommendation_lists') }}

),

candidates as (

    select * from {{ ref('fct_recommendation_candidates') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

-- whether the list was better than its rule when it was last put to the test
verdicts as (

    select
        list,
        beats_baseline
    from {{ ref('rpt_model_scorecard') }}

    where
        task = 'recommendation'
        and protocol = 'time_cut'
        and method = list
        and slice = 'something to find'
        and metric = 'ndcg'
        and k = 10

    qualify row_number() over (partition by list order by as_of_date desc) = 1

),

final as (

    select
        lists.as_of_date,
        lists.customer_id,
        lists.list,
        lists.rank,
        candidates.is_current,
        lists.product_id,
        products.product_name,
        lists.score,
        lists.method,
        verdicts.beats_baseline,
        candidates.reason_product_id,
        candidates.reason_share,
        candidates.reason

    from lists

    inner join candidates
        on
            lists.as_of_date = candidates.as_of_date
            and lists.customer_id = candidates.customer_id
            and lists.method = candidates.method
            and lists.product_id = candidates.product_id

    inner join products
        on lists.product_id = products.product_id

    left join verdicts
        on lists.list = verdicts.list

)

select * from final
