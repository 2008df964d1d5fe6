with

terms as (

    select * from {{ ref('int_known_terms') }}
    where not is_everyday

),

counts as (

    select * from {{ ref('int_complaint_term_counts') }}
    where level = 'shop'

),

final as (

    select
        terms.term_number,
        terms.term

    from terms

    inner join counts
        on terms.term_number = counts.term_number

    where counts.author_count >= {{ fewest_authors() }}

)

select * from final
