with

grouped as (

    select * from {{ ref('int_satisfaction_reviews') }}
    where level != 'product'

),

reviews as (

    select * from {{ ref('int_review_sentiment') }}
    where reviewed_at is not null

),

final as (

    select
        grouped.level,
        case when grouped.level = 'category' then grouped.group_key end as category,
        cast(date_trunc('month', reviews.reviewed_at) as date) as review_month,
        {{ add_months('reviews.reviewed_at', 1) }} <= reviews.as_of_date as is_complete,
        cast(count(*) as bigint) as review_count,
        cast(count(distinct {{ review_author('reviews') }}) as bigint) as author_count,
        {{ ratio('sum(reviews.rating)', 'count(reviews.rating)') }} as average_rating,
        cast(count(*) filter (where reviews.is_complaint) as bigint) as complaint_count,
        {{ ratio(
            'count(*) filter (where reviews.is_complaint)', 'count(*)'
        ) }} as complaint_share,
        {{ ratio(
            'sum(reviews.sentiment_score)', 'count(reviews.sentiment_score)'
        ) }} as average_sentiment_score

    from grouped

    inner join reviews
        on grouped.review_id = reviews.review_id

    group by
        grouped.level,
        case when grouped.level = 'category' then grouped.group_key end,
        cast(date_trunc('month', reviews.reviewed_at) as date),
        {{ add_months('reviews.reviewed_at', 1) }} <= reviews.as_of_date

)

{{ without_small_cells(
    'final',
    counts=['review_count', 'author_count'],
    keys=['level', 'category', 'review_month', 'is_complete'],
    totals=[['level', 'review_month']]
) }}
