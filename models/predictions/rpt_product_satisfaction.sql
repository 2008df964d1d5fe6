with

satisfaction as (

    select * from {{ ref('int_satisfaction_groups') }}
    where level = 'product'

),

products as (

    select * from {{ ref('dim_products') }}

),

terms as (

    select
        group_key,
        term,
        complaint_count
    from {{ ref('int_complaint_terms') }}

    where
        level = 'product'
        and not (is_everyday and term not like '% %')

    qualify row_number() over (
        partition by group_key
        order by term_rank
    ) = 1

),

topics as (

    select * from {{ ref('int_complaint_topic_counts') }}
    where level = 'product'

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

final as (

    select
        today.as_of_date,
        satisfaction.group_key as product_id,
        products.product_name,
        products.category,
        satisfaction.review_count,
        satisfaction.author_count,
        satisfaction.rating_count,
        satisfaction.text_count,
        satisfaction.average_rating,
        satisfaction.shrunk_rating,
        satisfaction.shrunk_rating_error,
        satisfaction.rating_level,
        satisfaction.complaint_count,
        satisfaction.complaint_share,
        satisfaction.shrunk_complaint_share,
        satisfaction.negative_text_count,
        satisfaction.neutral_text_count,
        satisfaction.positive_text_count,
        satisfaction.average_sentiment_score,
        satisfaction.contradiction_count,
        satisfaction.recent_average_rating,
        satisfaction.rating_change,
        satisfaction.rating_change_beside_shop,
        satisfaction.last_review_date,
        topics.topic as main_topic,
        topics.complaint_count as main_topic_count,
        terms.term as main_term,
        terms.complaint_count as main_term_count

    from satisfaction

    cross join today

    left join products
        on satisfaction.group_key = products.product_id

    left join topics
        on
            satisfaction.group_key = topics.group_key
            and topics.topic_rank = 1

    left join terms
        on satisfaction.group_key = terms.group_key

)

{{ without_small_cells(
    'final',
    counts=['review_count', 'author_count'],
    keys=['as_of_date', 'product_id', 'product_name', 'category'],
    totals=[['category']]
) }}
