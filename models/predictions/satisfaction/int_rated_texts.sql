with

dates as (

    select * from {{ ref('int_as_of_dates') }}
    where
        is_current
        or is_backtest

),

reviews as (

    select * from {{ ref('int_reviews') }}
    where
        rating <= 2
        or rating >= 4

),

texts as (

    select * from {{ ref('ml_review_texts') }}

),

-- a review without a date is known today, and on no earlier date; equal texts are one
final as (

    select
        dates.as_of_date,
        texts.text_id,
        texts.plain_text,
        cast(count(*) filter (where reviews.rating >= 4) as bigint) as positive_count,
        cast(count(*) filter (where reviews.rating <= 2) as bigint) as negative_count

    from dates

    inner join reviews
        on
            reviews.reviewed_at < dates.as_of_date
            or (reviews.reviewed_at is null and dates.is_current)

    inner join texts
        on reviews.review_id = texts.review_id

    group by
        dates.as_of_date,
        texts.text_id,
        texts.plain_text

)

select * from final
