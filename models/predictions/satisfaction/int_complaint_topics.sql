with

text_terms as (

    select * from {{ ref('ml_complaint_terms') }}

),

topics as (

    select * from {{ ref('ml_complaint_topics') }}

),

weighed as (

    select
        text_terms.text_number,
        topics.topic_number,
        topics.topic,
        sum(cast(topics.weight as decimal(18, 6))) as weight

    from text_terms

    inner join topics
        on text_terms.term_number = topics.term_number

    group by
        text_terms.text_number,
        topics.topic_number,
        topics.topic

),

-- the topic whose terms weigh most in the text
final as (

    select
        text_number,
        topic_number,
        topic
    from weighed

    qualify row_number() over (
        partition by text_number
        order by
            weight desc,
            topic_number asc
    ) = 1

)

select * from final
