with

proposals as (

    select * from {{ ref('int_list_proposals') }}

),

exclusions as (

    select * from {{ ref('int_list_exclusions') }}

),

choices as (

    select * from {{ ref('int_list_choices') }}
    where is_chosen

),

placed as (

    select
        proposals.as_of_date,
        proposals.customer_index,
        proposals.list,
        proposals.product_index,
        proposals.score,
        proposals.method,
        choices.is_varied,
        row_number() over (
            partition by proposals.as_of_date, proposals.customer_index, proposals.list
            order by
                proposals.fallback_position asc, proposals.score desc, proposals.product_index asc
        ) as place

    from proposals

    inner join choices
        on
            proposals.as_of_date = choices.as_of_date
            and proposals.list = choices.list

    left join exclusions
        on
            proposals.as_of_date = exclusions.as_of_date
            and proposals.customer_index = exclusions.customer_index
            and proposals.product_index = exclusions.product_index
            and proposals.list = 'discover'

    where exclusions.product_index is null

    qualify place <= {{ varied_places() }}

),

{{ crowded_places(['as_of_date', 'list', 'customer_index']) }},

-- what is like two products before it goes to the end
listed as (

    select
        placed.*,
        cast(row_number() over (
            partition by placed.as_of_date, placed.customer_index, placed.list
            order by case when crowded.product_index is null then 0 else 1 end, placed.place
        ) as int) as rank

    from placed

    left join crowded
        on
            placed.as_of_date = crowded.as_of_date
            and placed.list = crowded.list
            and placed.customer_index = crowded.customer_index
            and placed.product_index = crowded.product_index

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
