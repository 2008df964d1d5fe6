with

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

reviews as (

    select * from {{ ref('int_reviews') }}

),

-- a review without a date is known today, and on no earlier date; one without a rating is a review,
-- but no part of the average
final as (

    select
        feature_dates.as_of_date,
        reviews.customer_id,
        cast(count(*) as bigint) as review_count,
        {{ ratio('sum(reviews.rating)', 'count(reviews.rating)') }} as average_rating

    from feature_dates

    inner join reviews
        on
            reviews.reviewed_at < feature_dates.as_of_date
            or (reviews.reviewed_at is null and feature_dates.is_current)

    where reviews.customer_id is not null

    group by all

)

select * from final
