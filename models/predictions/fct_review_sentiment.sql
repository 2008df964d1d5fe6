with

reviews as (

    select * from {{ ref('int_review_sentiment') }}

),

texts as (

    select
        text_id,
        text_number
    from {{ ref('int_complaint_texts') }}

),

topics as (

    select * from {{ ref('int_complaint_topics') }}

),

final as (

    select
        reviews.as_of_date,
        reviews.review_id,
        reviews.customer_id,
        reviews.product_id,
        reviews.order_id,
        reviews.reviewed_at,
        reviews.rating,
        reviews.sentiment_score,
        reviews.sentiment,
        reviews.method,
        reviews.is_held_out,
        reviews.contradiction,
        reviews.is_complaint,
        case when reviews.is_complaint then topics.topic end as topic,
        reviews.no_score_reason

    from reviews

    left join texts
        on reviews.text_id = texts.text_id

    left join topics
        on texts.text_number = topics.text_number

)

select * from final
