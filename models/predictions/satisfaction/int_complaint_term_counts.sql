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

text_terms as (

    select * from {{ ref('ml_complaint_terms') }}

),

-- a review without a customer is that of somebody else
written as (

    select
        reviews.review_id,
        texts.text_number,
        dense_rank() over (
            order by
                reviews.customer_id,
                case when reviews.customer_id is null then reviews.review_id end
        ) as author_number

    from reviews

    inner join texts
        on reviews.text_id = texts.text_id

),

complaints as (

    select
        grouped.level,
        grouped.group_key,
        written.text_number,
        written.author_number

    from grouped

    inner join written
        on grouped.review_id = written.review_id

),

final as (

    select
        complaints.level,
        complaints.group_key,
        text_terms.term_number,
        cast(count(*) as bigint) as complaint_count,
        cast(count(distinct complaints.author_number) as bigint) as author_count

    from complaints

    inner join text_terms
        on complaints.text_number = text_terms.text_number

    group by
        complaints.level,
        complaints.group_key,
        text_terms.term_number

)

select * from final
