with

candidates as (

    select * from {{ ref('int_candidate_sentences') }}
    where is_sampled

),

final as (

    select
        as_of_date,
        customer_id,
        method,
        rank,
        is_current,
        product_id,
        score,
        reason_product_id,
        reason_share,
        reason

    from candidates

)

select * from final
