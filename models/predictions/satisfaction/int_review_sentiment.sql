{%- set neutral = var('neutral_band') -%}
{%- set confident = 0.1 -%}  {#- beyond it nearly all texts of Olist are right about their stars -#}

with

today as (

    select * from {{ ref('int_review_dates') }}
    where is_current

),

reviews as (

    select * from {{ ref('int_reviews') }}

),

texts as (

    select * from {{ ref('ml_review_texts') }}

),

choices as (

    select * from {{ ref('int_review_choices') }}

),

scores as (

    select * from {{ ref('ml_review_sentiment') }}

),

scored as (

    select
        today.as_of_date,
        reviews.review_id,
        reviews.customer_id,
        reviews.order_id,
        reviews.product_id,
        reviews.reviewed_at,
        reviews.rating,
        texts.text_id,
        today.reason,
        choices.method,
        scores.is_learned_from,
        cast(case choices.method
            {%- for method in review_methods() %}
            when '{{ method }}' then scores.{{ method }}
            {%- endfor %}
        end as decimal(18, 6)) as sentiment_score

    from today

    inner join reviews
        on
            reviews.reviewed_at < today.as_of_date
            or reviews.reviewed_at is null

    left join texts
        on reviews.review_id = texts.review_id

    left join choices
        on today.as_of_date = choices.as_of_date

    left join scores
        on
            today.as_of_date = scores.as_of_date
            and texts.text_id = scores.text_id

),

classed as (

    select
        *,
        case
            when sentiment_score < {{ neutral[0] }} then 'negative'
            when sentiment_score > {{ neutral[1] }} then 'positive'
            when sentiment_score is not null then 'neutral'
        end as sentiment
    from scored

),

final as (

    select
        as_of_date,
        review_id,
        customer_id,
        order_id,
        product_id,
        reviewed_at,
        rating,
        text_id,
        sentiment_score,
        sentiment,
        case when sentiment_score is not null then method end as method,
        case when sentiment_score is not null then is_learned_from end as is_held_out,
        case
            when rating >= 4 and sentiment_score < {{ confident }} then 'text below stars'
            when rating <= 2 and sentiment_score > {{ 1 - confident }} then 'text above stars'
        end as contradiction,
        coalesce(rating <= 2, sentiment = 'negative', false) as is_complaint,
        coalesce(rating >= 4, sentiment = 'positive', false) as is_satisfied,
        case
            when sentiment_score is not null then null
            when reason is not null then reason
            when text_id is null then 'The review has no text.'
            else 'Nothing in the text is known from reviews with stars.'
        end as no_score_reason
    from classed

)

select * from final
