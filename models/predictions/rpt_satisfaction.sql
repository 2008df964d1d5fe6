with

dates as (

    select * from {{ ref('int_review_dates') }}
    where is_current

),

satisfaction as (

    select * from {{ ref('int_satisfaction_groups') }}
    where level != 'product'

),

choices as (

    select * from {{ ref('int_review_choices') }}

),

terms as (

    select count(*) as term_count from {{ ref('int_complaint_terms') }}
    where level = 'shop'

),

topics as (

    select count(*) as topic_count from {{ ref('int_complaint_topic_counts') }}
    where level = 'shop'

),

-- the shop is there without reviews, too
groups as (

    select
        'shop' as level,
        '' as group_key

    union all

    select
        level,
        group_key
    from satisfaction

    where level = 'category'

),

final as (

    select
        dates.as_of_date,
        groups.level,
        case when groups.level = 'category' then groups.group_key end as category,
        coalesce(satisfaction.review_count, 0) as review_count,
        coalesce(satisfaction.author_count, 0) as author_count,
        coalesce(satisfaction.rating_count, 0) as rating_count,
        coalesce(satisfaction.text_count, 0) as text_count,
        satisfaction.average_rating,
        case when groups.level = 'category' then satisfaction.shrunk_rating end as shrunk_rating,
        case when groups.level = 'category' then satisfaction.rating_level end as rating_level,
        coalesce(satisfaction.complaint_count, 0) as complaint_count,
        satisfaction.complaint_share,
        coalesce(satisfaction.negative_text_count, 0) as negative_text_count,
        coalesce(satisfaction.neutral_text_count, 0) as neutral_text_count,
        coalesce(satisfaction.positive_text_count, 0) as positive_text_count,
        satisfaction.average_sentiment_score,
        coalesce(satisfaction.contradiction_count, 0) as contradiction_count,
        satisfaction.recent_average_rating,
        satisfaction.rating_change,
        case
            when groups.level = 'category' then satisfaction.rating_change_beside_shop
        end as rating_change_beside_shop,
        choices.method,
        dates.reason as no_score_reason,
        case
            when terms.term_count > 0 then null
            when dates.reason is not null then dates.reason
            else 'No word is more frequent in complaints than chance would have it.'
        end as no_terms_reason,
        case
            when topics.topic_count > 0 then null
            when dates.reason is not null then dates.reason
            else 'Too few complaints have words in common that are not everyday words.'
        end as no_topics_reason

    from dates

    cross join groups

    cross join terms

    cross join topics

    left join satisfaction
        on
            groups.level = satisfaction.level
            and groups.group_key = satisfaction.group_key

    left join choices
        on dates.as_of_date = choices.as_of_date

)

{{ without_small_cells(
    'final',
    counts=['review_count', 'author_count'],
    keys=[
        'as_of_date', 'level', 'category', 'method', 'no_score_reason', 'no_terms_reason',
        'no_topics_reason'
    ],
    totals=[['level']]
) }}
