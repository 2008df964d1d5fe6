with

terms as (

    select * from {{ ref('int_complaint_terms') }}

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

final as (

    select
        today.as_of_date,
        terms.level,
        terms.group_key,
        terms.term_rank,
        terms.term,
        terms.is_everyday,
        terms.complaint_count,
        terms.author_count,
        terms.surprise,
        terms.coefficient

    from terms

    cross join today

)

{{ without_small_cells(
    'final',
    counts=['author_count'],
    keys=['as_of_date', 'level', 'group_key', 'term_rank', 'is_everyday']
) }}
