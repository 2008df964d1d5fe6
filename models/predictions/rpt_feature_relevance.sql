with

relevance as (

    select * from {{ ref('ml_feature_relevance') }}

),

final as (

    select
        task,
        as_of_date,
        feature,
        cast(row_number() over (
            partition by task, as_of_date
            order by information_gain desc, feature asc
        ) as int) as relevance_rank,
        cast(information_gain as decimal(18, 6)) as information_gain,
        cast(relevance_weight as decimal(18, 6)) as relevance_weight,
        cast(correlation as decimal(18, 6)) as correlation,
        method,
        cast(permutation_importance as decimal(18, 6)) as permutation_importance
    from relevance

)

select * from final
