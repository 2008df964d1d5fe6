with

proposals as (

    select * from {{ ref('int_list_proposals') }}

),

exclusions as (

    select * from {{ ref('int_list_exclusions') }}

),

listed as (

    select
        proposals.as_of_date,
        proposals.customer_index,
        proposals.list,
        proposals.product_index,
        proposals.score,
        proposals.method,
        cast(row_number() over (
            partition by proposals.as_of_date, proposals.customer_index, proposals.list
            order by
                proposals.fallback_position asc, proposals.score desc, proposals.product_index asc
        ) as int) as rank

    from proposals

    left join exclusions
        on
            proposals.as_of_date = exclusions.as_of_date
            and proposals.customer_index = exclusions.customer_index
            and proposals.product_index = exclusions.product_index
            and proposals.list = 'discover'

    where exclusions.product_index is null

),

final as (

    select
        as_of_date,
        customer_index,
        list,
        rank,
        product_index,
        cast(score as decimal(18, 9)) as score,
        method

    from listed

    where rank <= {{ var('recommendation_count') }}

)

select * from final
