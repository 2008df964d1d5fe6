with

leaves as (

    select * from {{ ref('ml_churn_tree_rules') }}

),

final as (

    select
        as_of_date,
        rule_number,
        rule,
        depth,
        customer_count,
        cast(
            cast(customer_count as double) / sum(customer_count) over (
                partition by as_of_date
            ) as decimal(18, 6)
        ) as customer_share,
        cast(churn_rate as decimal(18, 6)) as churn_rate
    from leaves

)

select * from final
