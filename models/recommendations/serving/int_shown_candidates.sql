with

candidates as (

    select * from {{ ref('int_candidates') }}

),

lists as (

    select * from {{ ref('int_served_lists') }}

),

-- a rule's list may name what is no candidate, since candidates of rules are kept for the sample
known as (

    select
        as_of_date,
        method,
        customer_index,
        product_index,
        score,
        rank,
        reason_product_index,
        reason_share,
        true as is_candidate
    from candidates

    union all

    select
        lists.as_of_date,
        lists.method,
        lists.customer_index,
        lists.product_index,
        lists.score,
        lists.rank,
        lists.reason_product_index,
        lists.reason_share,
        false as is_candidate

    from lists

    left join candidates
        on
            lists.as_of_date = candidates.as_of_date
            and lists.method = candidates.method
            and lists.customer_index = candidates.customer_index
            and lists.product_index = candidates.product_index

    where
        lists.is_rule
        and candidates.product_index is null

),

sampled as (

    select * from {{ ref('int_listed_customers') }}
    where is_sampled

),

shown as (

    select
        known.as_of_date,
        known.method,
        known.customer_index,
        known.product_index,
        known.score,
        known.rank,
        known.reason_product_index,
        known.reason_share,
        lists.list,
        lists.rank as list_rank,
        lists.score as list_score,
        known.is_candidate and sampled.customer_index is not null as is_sampled

    from known

    left join lists
        on
            known.as_of_date = lists.as_of_date
            and known.customer_index = lists.customer_index
            and known.product_index = lists.product_index
            and known.method = lists.method

    left join sampled
        on
            known.as_of_date = sampled.as_of_date
            and known.customer_index = sampled.customer_index

    where
        lists.product_index is not null
        or sampled.customer_index is not null

)

select * from shown
