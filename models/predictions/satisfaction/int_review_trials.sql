{%- set methods = review_methods() -%}

with

samples as (

    select * from {{ ref('int_review_samples') }}

),

dates as (

    select * from {{ ref('int_review_dates') }}

),

reviews as (

    select * from {{ ref('int_reviews') }}
    where
        rating <= 2
        or rating >= 4

),

texts as (

    select * from {{ ref('ml_review_texts') }}

),

outcomes as (

    select * from {{ ref('int_review_outcomes') }}

),

scores as (

    select * from {{ ref('ml_review_sentiment') }}

),

judged as (

    select
        'cross_validation' as protocol,
        samples.as_of_date,
        reviews.review_id,
        samples.text_id,
        true as is_new_text,
        reviews.rating >= 4 as is_positive

    from samples

    inner join dates
        on samples.as_of_date = dates.as_of_date

    inner join texts
        on samples.text_id = texts.text_id

    inner join reviews
        on
            texts.review_id = reviews.review_id
            and (
                reviews.reviewed_at < dates.as_of_date
                or (reviews.reviewed_at is null and dates.is_current)
            )

    union all

    select
        'time_cut' as protocol,
        as_of_date,
        review_id,
        text_id,
        is_new_text,
        is_positive
    from outcomes

),

final as (

    {% for method in methods -%}
    select
        judged.protocol,
        judged.as_of_date,
        judged.review_id,
        '{{ method }}' as method,
        judged.is_new_text,
        judged.is_positive,
        cast(scores.{{ method }} as decimal(18, 9)) as sentiment_score

    from judged

    inner join scores
        on
            judged.as_of_date = scores.as_of_date
            and judged.text_id = scores.text_id

    where scores.{{ method }} is not null

    {{ 'union all' if not loop.last }}

    {% endfor %}
)

select * from final
