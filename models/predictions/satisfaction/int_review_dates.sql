{%- set fewest_of_each = 20 -%}  {#- as in has_verdict: fewer tell nothing -#}

with

dates as (

    select * from {{ ref('int_as_of_dates') }}
    where
        is_current
        or is_backtest

),

reviews as (

    select * from {{ ref('int_reviews') }}

),

texts as (

    select * from {{ ref('ml_review_texts') }}

),

rated_texts as (

    select * from {{ ref('int_rated_texts') }}

),

review_counts as (

    select
        dates.as_of_date,
        count(*) as review_count,
        count(texts.review_id) as text_count

    from dates

    inner join reviews
        on
            reviews.reviewed_at < dates.as_of_date
            or (reviews.reviewed_at is null and dates.is_current)

    left join texts
        on reviews.review_id = texts.review_id

    group by dates.as_of_date

),

side_counts as (

    select
        as_of_date,
        sum(positive_count) as positive_count,
        sum(negative_count) as negative_count,
        count(*) filter (where positive_count > 0) as positive_text_count,
        count(*) filter (where negative_count > 0) as negative_text_count
    from rated_texts

    group by as_of_date

),

counted as (

    select
        dates.as_of_date,
        dates.is_current,
        dates.is_backtest,
        cast(coalesce(review_counts.review_count, 0) as bigint) as review_count,
        cast(coalesce(review_counts.text_count, 0) as bigint) as text_count,
        cast(coalesce(side_counts.positive_count, 0) as bigint) as positive_count,
        cast(coalesce(side_counts.negative_count, 0) as bigint) as negative_count,
        cast(coalesce(side_counts.positive_text_count, 0) as bigint) as positive_text_count,
        cast(coalesce(side_counts.negative_text_count, 0) as bigint) as negative_text_count

    from dates

    left join review_counts
        on dates.as_of_date = review_counts.as_of_date

    left join side_counts
        on dates.as_of_date = side_counts.as_of_date

),

judged as (

    select
        *,
        case
            when review_count = 0 then 'There are no reviews.'
            when text_count = 0 then 'No review has a text.'
            when positive_count + negative_count < {{ var('min_customers') }}
                then
                    'There are ' || cast(positive_count + negative_count as string)
                    || ' reviews to learn from, with a text and with stars that are not in the'
                    || ' middle, and {{ var("min_customers") }} are needed.'
            when least(positive_text_count, negative_text_count) < {{ fewest_of_each }}
                then
                    'To learn from there are ' || cast(positive_text_count as string)
                    || ' different texts with four or five stars and '
                    || cast(negative_text_count as string)
                    || ' with one or two, and {{ fewest_of_each }} of each are needed.'
        end as reason
    from counted

),

final as (

    select
        *,
        reason is null as is_scored
    from judged

)

select * from final
