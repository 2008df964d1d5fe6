with

leaves as (

    select * from {{ ref('ml_tree_rules') }}

),

final as (

    select
        task,
        as_of_date,
        rule_number,
        rule,
        depth,
        customer_count,
        cast(
            cast(customer_count as double) / sum(customer_count) over (
                partition by task, as_of_date
            ) as decimal(18, 6)
        ) as customer_share,
        cast(case when task = 'churn' then 1 - purchase_rate end as decimal(18, 6)) as churn_rate,
        cast(purchase_rate as decimal(18, 6)) as purchase_rate
    from leaves

)

select * from final
