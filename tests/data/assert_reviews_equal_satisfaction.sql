-- every review known today is one of the shop's, and in its month where it has a date
with

reviews as (

    select
        count(*) as review_count,
        count(reviewed_at) as dated_count,
        count(*) filter (where is_complaint) as complaint_count,
        count(*) filter (where is_complaint and reviewed_at is not null) as dated_complaint_count,
        count(sentiment_score) as scored_count
    from {{ ref('fct_review_sentiment') }}

),

shop as (

    select * from {{ ref('rpt_satisfaction') }}
    where level = 'shop'

),

months as (

    select
        coalesce(sum(review_count), 0) as review_count,
        coalesce(sum(complaint_count), 0) as complaint_count,
        count(*) filter (where is_suppressed) as suppressed_count
    from {{ ref('rpt_satisfaction_trend') }}

    where level = 'shop'

),

final as (

    select
        reviews.review_count,
        reviews.complaint_count,
        months.review_count as dated_count

    from reviews

    cross join shop

    cross join months

    where
        reviews.review_count != shop.review_count
        or reviews.complaint_count != shop.complaint_count
        or reviews.scored_count
        != shop.negative_text_count + shop.neutral_text_count + shop.positive_text_count
        or months.suppressed_count = 0
        and (
            reviews.dated_count != months.review_count
            or reviews.dated_complaint_count != months.complaint_count
        )

)

select * from final
