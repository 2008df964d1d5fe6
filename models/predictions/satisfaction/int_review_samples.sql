{%- set fold_count = 5 -%}

with

rated_texts as (

    select * from {{ ref('int_rated_texts') }}

),

dates as (

    select as_of_date from {{ ref('int_review_dates') }}
    where is_scored

),

-- the id is a hash of the text, so its order has no meaning
drawn as (

    select
        rated_texts.as_of_date,
        rated_texts.text_id,
        rated_texts.plain_text,
        rated_texts.positive_count,
        rated_texts.negative_count

    from rated_texts

    inner join dates
        on rated_texts.as_of_date = dates.as_of_date

    qualify row_number() over (
        partition by rated_texts.as_of_date
        order by rated_texts.text_id
    ) <= {{ var('fit_sample_reviews') }}

),

-- equal texts are in one fold, and each fold has its part of both sides
final as (

    select
        *,
        cast(row_number() over (
            partition by as_of_date, positive_count >= negative_count
            order by text_id
        ) % {{ fold_count }} as int) as fold
    from drawn

)

select * from final
