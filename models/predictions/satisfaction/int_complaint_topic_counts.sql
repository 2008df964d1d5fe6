with

grouped as (

    select * from {{ ref('int_satisfaction_reviews') }}

),

reviews as (

    select * from {{ ref('int_review_sentiment') }}
    where is_complaint

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

counts as (

    select
        grouped.level,
        grouped.group_key,
        topics.topic_number,
        topics.topic,
        cast(count(*) as bigint) as complaint_count

    from grouped

    inner join reviews
        on grouped.review_id = reviews.review_id

    inner join texts
        on reviews.text_id = texts.text_id

    inner join topics
        on texts.text_number = topics.text_number

    group by
        grouped.level,
        grouped.group_key,
        topics.topic_number,
        topics.topic

),

final as (

    select
        *,
        cast(row_number() over (
            partition by level, group_key
            order by
                complaint_count desc,
                topic_number asc
        ) as int) as topic_rank,
        sum(complaint_count) over (partition by level, group_key) as named_complaint_count
    from counts

)

select * from final
