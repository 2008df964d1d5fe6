with

lists as (

    select * from {{ ref('int_recommendation_lists') }}

),

customers as (

    select * from {{ ref('int_listed_customers') }}

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
        customers.is_current,
        lists.product_id,
        products.product_name,
        lists.score,
        lists.method,
        verdicts.beats_baseline,
        lists.reason_product_id,
        lists.reason_share,
        case
            when lists.list = 'buy_again' and lists.purchase_days_count = 1
                then 'Bought it on ' || cast(lists.last_purchase_date as string) || '.'
            when lists.list = 'buy_again'
                then 'Bought it on ' || cast(lists.purchase_days_count as string)
                    || ' days, the last time on ' || cast(lists.last_purchase_date as string) || '.'
            when lists.method in ('popular', 'popular_in_group') or lists.reason_product_id is null
                then cast(lists.recent_buyer_count as string)
                    || ' customers bought it in the last {{ var("trend_days") }} days.'
            when lists.method = 'content'
                then 'Like ' || coalesce(reason_products.product_name, lists.reason_product_id)
                    || ', which this one ' || {{ what_was_done('lists') }} || '.'
            else
                'Customers who bought '
                || coalesce(reason_products.product_name, lists.reason_product_id)
                || ', which this one ' || {{ what_was_done('lists') }} || ', bought it too.'
        end as reason

    from lists

    inner join customers
        on
            lists.as_of_date = customers.as_of_date
            and lists.customer_id = customers.customer_id

    inner join products
        on lists.product_id = products.product_id

    left join verdicts
        on lists.list = verdicts.list

    left join products as reason_products
        on lists.reason_product_id = reason_products.product_id

    where not customers.is_last_basket

)

select * from final
