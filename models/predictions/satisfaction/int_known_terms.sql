with

terms as (

    select * from {{ ref('ml_review_terms') }}

),

-- what hardly anybody wrote, and long numbers (of a telephone, of an order), are left out
final as (

    select
        term_number,
        term,
        is_everyday,
        text_count,
        positive_count,
        negative_count,
        coefficient
    from terms

    where
        negative_count >= {{ fewest_authors() }}
        and not {{ matches('term', '[0-9][0-9][0-9][0-9]') }}

)

select * from final
