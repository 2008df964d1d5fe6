with

chosen as (

    select * from {{ ref('int_chosen_methods') }}

),

-- the evaluation sample has candidates of every method, other customers of those on their lists
customers as (

    select
        as_of_date,
        customer_index
    from {{ ref('int_listed_customers') }}

    where not is_sampled

),

asked as (

    select
        as_of_date,
        method
    from chosen

    where is_on_list

),

known as (

    select * from {{ ref('int_known_products') }}

),

{{ scaled_candidates(ref('ml_chosen_scores')) }},

sampled as (

    select sampled.*

    from {{ ref('int_sampled_candidates') }} as sampled

    inner join chosen
        on
            sampled.as_of_date = chosen.as_of_date
            and sampled.method = chosen.method
            and sampled.setting = chosen.setting

),

{% if not filters_discover() -%}
lengths as (

    select
        scaled_candidates.as_of_date,
        scaled_candidates.customer_index,
        count(distinct scaled_candidates.product_index) as length

    from scaled_candidates

    inner join chosen
        on
            scaled_candidates.as_of_date = chosen.as_of_date
            and scaled_candidates.method = chosen.method

    where
        chosen.list = 'discover'
        and chosen.list_position is not null

    group by
        scaled_candidates.as_of_date,
        scaled_candidates.customer_index

),

{% endif -%}
-- fallbacks are for those of whom little is known or who are offered too little, which with filters
-- may be anybody
others as (

    select scaled_candidates.*

    from scaled_candidates
    {%- if not filters_discover() %}

    inner join chosen
        on
            scaled_candidates.as_of_date = chosen.as_of_date
            and scaled_candidates.method = chosen.method

    left join lengths
        on
            scaled_candidates.as_of_date = lengths.as_of_date
            and scaled_candidates.customer_index = lengths.customer_index

    left join known
        on
            scaled_candidates.as_of_date = known.as_of_date
            and scaled_candidates.customer_index = known.customer_index

    where
        chosen.list_position is not null
        or coalesce(lengths.length, 0) < {{ var('recommendation_count') }}
        or coalesce(known.known_product_count, 0) < chosen.min_products
    {%- endif %}

),

final as (

    select * from sampled

    union all

    select * from others

)

select * from final
