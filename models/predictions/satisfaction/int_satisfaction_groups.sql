{%- set recent = var('recent_days') -%}
{%- set earlier = var('recent_days') + var('comparison_days') -%}
{%- set most = 1000000 -%}  {#- reviews that the mean of all is worth where groups do not differ -#}

with

grouped as (

    select * from {{ ref('int_satisfaction_reviews') }}

),

reviews as (

    select * from {{ ref('int_review_sentiment') }}

),

rows_of_groups as (

    select
        grouped.level,
        grouped.group_key,
        {{ review_author('reviews') }} as author_key,
        reviews.rating,
        reviews.sentiment,
        reviews.sentiment_score,
        reviews.contradiction,
        reviews.is_complaint,
        reviews.text_id is not null as has_text,
        cast(reviews.reviewed_at as date) as review_date,
        reviews.reviewed_at >= {{ add_days('reviews.as_of_date', -recent) }} as is_recent,
        reviews.reviewed_at >= {{ add_days('reviews.as_of_date', -earlier) }}
        and reviews.reviewed_at < {{ add_days('reviews.as_of_date', -recent) }} as is_earlier

    from grouped

    inner join reviews
        on grouped.review_id = reviews.review_id

),

sums as (

    select
        level,
        group_key,
        cast(count(*) as bigint) as review_count,
        cast(count(distinct author_key) as bigint) as author_count,
        cast(count(rating) as bigint) as rating_count,
        cast(count(*) filter (where has_text) as bigint) as text_count,
        cast(count(*) filter (where is_complaint) as bigint) as complaint_count,
        cast(count(*) filter (where sentiment = 'negative') as bigint) as negative_text_count,
        cast(count(*) filter (where sentiment = 'neutral') as bigint) as neutral_text_count,
        cast(count(*) filter (where sentiment = 'positive') as bigint) as positive_text_count,
        cast(count(contradiction) as bigint) as contradiction_count,
        sum(rating) as rating_sum,
        sum(cast(rating * rating as decimal(18, 4))) as rating_square_sum,
        {{ ratio('sum(sentiment_score)', 'count(sentiment_score)') }} as average_sentiment_score,
        {{ ratio(
            'sum(case when is_recent then rating end)',
            'count(case when is_recent then rating end)'
        ) }} as recent_average_rating,
        {{ ratio(
            'sum(case when is_earlier then rating end)',
            'count(case when is_earlier then rating end)'
        ) }} as earlier_average_rating,
        max(review_date) as last_review_date
    from rows_of_groups

    group by
        level,
        group_key

),

-- how ratings differ within groups and between them (Bühlmann and Straub 1970), and complaints
moments as (

    select
        level,
        sum(rating_count) as rating_count,
        count(*) filter (where rating_count > 0) as group_count,
        sum(rating_sum) as rating_sum,
        sum(rating_square_sum) as rating_square_sum,
        sum(cast(
            rating_sum * cast(rating_sum as double) / nullif(rating_count, 0) as decimal(28, 6)
        )) as group_square_sum,
        sum(cast(rating_count as decimal(18, 0)) * rating_count) as count_square_sum,
        sum(review_count) as review_count,
        sum(complaint_count) as complaint_count,
        sum(cast(review_count as decimal(18, 0)) * (review_count - 1)) as review_pair_count
    from sums

    group by level

),

means as (

    select
        *,
        cast(rating_sum as double) / nullif(rating_count, 0) as mean_rating,
        greatest(0, cast(rating_square_sum - group_square_sum as double))
        / nullif(rating_count - group_count, 0) as variance_within,
        cast(complaint_count as double) / nullif(review_count, 0) as complaint_share
    from moments

),

complaint_moments as (

    select
        sums.level,
        sum(cast(power(
            sums.complaint_count - sums.review_count * means.complaint_share, 2
        ) as decimal(28, 6))) as square_sum

    from sums

    inner join means
        on sums.level = means.level

    group by sums.level

),

spreads as (

    select
        means.*,
        greatest(
            (
                cast(means.group_square_sum as double)
                - cast(means.rating_sum as double) * means.mean_rating
                - (means.group_count - 1) * means.variance_within
            )
            / nullif(
                means.rating_count - cast(means.count_square_sum as double) / means.rating_count, 0
            ), 0
        ) as variance_between,
        {{ prior_weight(
            'cast(complaint_moments.square_sum as double)', 'means.complaint_share',
            'means.review_count', 'cast(means.review_pair_count as double)', most
        ) }} as complaint_weight

    from means

    inner join complaint_moments
        on means.level = complaint_moments.level

),

weighed as (

    select
        *,
        least({{ most }}, coalesce(
            variance_within / nullif(variance_between, 0), {{ most }}
        )) as rating_weight
    from spreads

),

shrunk as (

    select
        sums.*,
        weighed.mean_rating as level_mean_rating,
        (cast(sums.rating_sum as double) + weighed.rating_weight * weighed.mean_rating)
        / (sums.rating_count + weighed.rating_weight) as shrunk_rating,
        sqrt(
            weighed.variance_between * weighed.rating_weight
            / (sums.rating_count + weighed.rating_weight)
        ) as shrunk_rating_error,
        (sums.complaint_count + weighed.complaint_weight * weighed.complaint_share)
        / (sums.review_count + weighed.complaint_weight) as shrunk_complaint_share

    from sums

    inner join weighed
        on sums.level = weighed.level

),

shop as (

    select
        recent_average_rating - earlier_average_rating as rating_change
    from sums

    where level = 'shop'

),

final as (

    select
        shrunk.level,
        shrunk.group_key,
        shrunk.review_count,
        shrunk.author_count,
        shrunk.rating_count,
        shrunk.text_count,
        {{ ratio('shrunk.rating_sum', 'shrunk.rating_count') }} as average_rating,
        cast(shrunk.shrunk_rating as decimal(18, 6)) as shrunk_rating,
        case
            when shrunk.shrunk_rating is not null
                then cast(shrunk.shrunk_rating_error as decimal(18, 6))
        end as shrunk_rating_error,
        case
            when shrunk.shrunk_rating is null then null
            when shrunk.shrunk_rating + 1.96 * shrunk.shrunk_rating_error < shrunk.level_mean_rating
                then 'below'
            when shrunk.shrunk_rating - 1.96 * shrunk.shrunk_rating_error > shrunk.level_mean_rating
                then 'above'
            else 'as others'
        end as rating_level,
        shrunk.complaint_count,
        {{ ratio('shrunk.complaint_count', 'shrunk.review_count') }} as complaint_share,
        cast(shrunk.shrunk_complaint_share as decimal(18, 6)) as shrunk_complaint_share,
        shrunk.negative_text_count,
        shrunk.neutral_text_count,
        shrunk.positive_text_count,
        shrunk.average_sentiment_score,
        shrunk.contradiction_count,
        shrunk.recent_average_rating,
        shrunk.earlier_average_rating,
        cast(
            shrunk.recent_average_rating - shrunk.earlier_average_rating as decimal(18, 6)
        ) as rating_change,
        cast(
            shrunk.recent_average_rating - shrunk.earlier_average_rating - shop.rating_change
            as decimal(18, 6)
        ) as rating_change_beside_shop,
        shrunk.last_review_date

    from shrunk

    left join shop
        on true

)

select * from final
