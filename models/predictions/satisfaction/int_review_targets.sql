with

current_dates as (

    select as_of_date from {{ ref('int_review_dates') }}
    where
        is_current
        and is_scored

),

reviews as (

    select * from {{ ref('int_reviews') }}

),

texts as (

    select * from {{ ref('ml_review_texts') }}

),

samples as (

    select * from {{ ref('int_review_samples') }}

),

outcomes as (

    select * from {{ ref('int_review_outcomes') }}

),

asked as (

    select
        current_dates.as_of_date,
        texts.text_id,
        texts.plain_text

    from current_dates

    inner join reviews
        on
            reviews.reviewed_at < current_dates.as_of_date
            or reviews.reviewed_at is null

    inner join texts
        on reviews.review_id = texts.review_id

    union distinct

    select
        as_of_date,
        text_id,
        plain_text
    from outcomes

),

-- what is learned from has its score without being learned from
final as (

    select
        asked.as_of_date,
        asked.text_id,
        asked.plain_text

    from asked

    left join samples
        on
            asked.as_of_date = samples.as_of_date
            and asked.text_id = samples.text_id

    where samples.text_id is null

)

select * from final
