with

backtests as (

    select as_of_date from {{ ref('int_review_dates') }}
    where
        is_backtest
        and is_scored

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

rated_texts as (

    select * from {{ ref('int_rated_texts') }}

),

final as (

    select
        backtests.as_of_date,
        reviews.review_id,
        texts.text_id,
        texts.plain_text,
        reviews.rating >= 4 as is_positive,
        rated_texts.text_id is null as is_new_text

    from backtests

    inner join reviews
        on
            reviews.reviewed_at >= backtests.as_of_date
            and reviews.reviewed_at < {{ add_days(
                'backtests.as_of_date', var('prediction_horizon_days')
            ) }}

    inner join texts
        on reviews.review_id = texts.review_id

    left join rated_texts
        on
            backtests.as_of_date = rated_texts.as_of_date
            and texts.text_id = rated_texts.text_id

)

select * from final
