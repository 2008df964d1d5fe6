{#- After so many days a view, cart or favorite counts half (docs/models/recommendations.md). -#}
{%- set half_life_days = 30 -%}

with

dates as (

    select * from {{ ref('int_recommendation_dates') }}

),

events as (

    select * from {{ ref('int_events') }}

),

event_types as (

    select
        event_type,
        interest_weight,
        max(interest_weight) over () as largest_weight
    from {{ ref('event_types') }}

),

reviews as (

    select * from {{ ref('int_reviews') }}

),

last_baskets as (

    select * from {{ ref('int_last_baskets') }}

),

-- what an event counts beside a purchase
weighted_events as (

    select
        events.customer_id,
        events.product_id,
        events.known_at,
        cast(events.known_at as date) as known_date,
        cast(
            event_types.interest_weight
            / cast(event_types.largest_weight as double) as decimal(18, 12)
        ) as interest

    from events

    inner join event_types
        on events.event_type = event_types.event_type

    where
        events.event_type != 'purchase'
        and event_types.interest_weight > 0
        and events.customer_id is not null
        and events.product_id is not null

),

seen as (

    select
        dates.as_of_date,
        weighted_events.customer_id,
        weighted_events.product_id,
        max(weighted_events.known_date) as last_seen_date,
        max(weighted_events.interest) as interest,
        max(cast(
            cast(weighted_events.interest as double) * {{ decay(
                days_between('weighted_events.known_date', 'dates.as_of_date'),
                half_life_days
            ) }} as decimal(18, 12)
        )) as decayed_interest

    from dates

    inner join weighted_events
        on weighted_events.known_at < dates.as_of_date

    left join last_baskets
        on
            dates.as_of_date = last_baskets.as_of_date
            and weighted_events.customer_id = last_baskets.customer_id

    where
        coalesce(weighted_events.known_at < last_baskets.basket_date, true)
        {%- if not var('use_recency') %}
        and not {{ is_hidden(
            'dates', 'weighted_events.customer_id', 'weighted_events.product_id'
        ) }}
        {%- endif %}

    group by
        dates.as_of_date,
        weighted_events.customer_id,
        weighted_events.product_id

),

-- a review without a day is known today alone; one without a rating takes none back
rated as (

    select
        dates.as_of_date,
        reviews.customer_id,
        reviews.product_id,
        cast(reviews.reviewed_at as date) as last_rated_date,
        reviews.rating

    from dates

    inner join reviews
        on coalesce(
            reviews.reviewed_at < dates.as_of_date,
            dates.is_current or dates.protocol = 'hidden_products'
        )

    left join last_baskets
        on
            dates.as_of_date = last_baskets.as_of_date
            and reviews.customer_id = last_baskets.customer_id

    where
        reviews.customer_id is not null
        and reviews.product_id is not null
        and reviews.rating is not null
        and coalesce(reviews.reviewed_at < last_baskets.basket_date, true)
        {%- if not var('use_recency') %}
        and not {{ is_hidden('dates', 'reviews.customer_id', 'reviews.product_id') }}
        {%- endif %}

    qualify row_number() over (
        partition by dates.as_of_date, reviews.customer_id, reviews.product_id
        order by reviews.reviewed_at desc nulls last, reviews.review_id desc
    ) = 1

),

final as (

    select
        coalesce(seen.as_of_date, rated.as_of_date) as as_of_date,
        coalesce(seen.customer_id, rated.customer_id) as customer_id,
        coalesce(seen.product_id, rated.product_id) as product_id,
        seen.last_seen_date,
        seen.interest,
        seen.decayed_interest,
        rated.last_rated_date,
        rated.rating

    from seen

    full outer join rated
        on
            seen.as_of_date = rated.as_of_date
            and seen.customer_id = rated.customer_id
            and seen.product_id = rated.product_id

)

select * from final
