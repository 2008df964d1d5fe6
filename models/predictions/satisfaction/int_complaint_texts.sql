with

reviews as (

    select * from {{ ref('int_review_sentiment') }}
    where
        is_complaint
        and text_id is not null

),

texts as (

    select
        text_id,
        min(plain_text) as plain_text
    from {{ ref('ml_review_texts') }}

    group by text_id

),

complaints as (

    select
        text_id,
        count(*) as complaint_count
    from reviews

    group by text_id

),

-- the id is a hash of the text, so its order has no meaning
final as (

    select
        cast(row_number() over (order by complaints.text_id) as int) as text_number,
        complaints.text_id,
        texts.plain_text,
        cast(complaints.complaint_count as bigint) as complaint_count

    from complaints

    inner join texts
        on complaints.text_id = texts.text_id

)

select * from final
