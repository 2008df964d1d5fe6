with

dates as (

    select * from {{ ref('int_propensity_dates') }}
    where
        is_published
        or is_learned_from

),

sessions as (

    select * from {{ ref('int_sessions') }}
    where
        is_visit
        and customer_id is not null

),

visited_products as (

    select * from {{ ref('int_visited_products') }}

),

orders as (

    select * from {{ ref('int_customer_order_days') }}
    where is_purchase

),

visitors as (

    select
        dates.as_of_date,
        dates.seen_from_date,
        sessions.customer_id,
        count(*) as visit_count,
        count(*) filter (
            where sessions.started_at >= dates.recent_from_date
        ) as recent_visit_count,
        cast(min(sessions.started_at) as date) as first_visit_date,
        cast(max(sessions.started_at) as date) as last_visit_date,
        sum(sessions.session_seconds) as session_seconds,
        sum(sessions.timed_view_seconds) as timed_view_seconds,
        sum(sessions.timed_view_count) as timed_view_count,
        count(*) filter (where sessions.is_bounce) as bounce_count

    from dates

    inner join sessions
        on
            sessions.known_at < dates.as_of_date
            and sessions.started_at >= dates.seen_from_date

    group by
        dates.as_of_date,
        dates.seen_from_date,
        sessions.customer_id

),

purchases as (

    select
        visitors.as_of_date,
        visitors.customer_id,
        count(*) as purchase_count,
        count(*) filter (
            where orders.order_date >= visitors.seen_from_date
        ) as recent_purchase_count,
        max(orders.order_date) as last_purchase_date,
        {{ ratio('sum(orders.gap_days)', 'count(orders.gap_days)') }} as average_gap_days,
        {{ ratio('sum(orders.gross_amount)', 'sum(orders.unit_count)') }} as usual_unit_price

    from visitors

    inner join orders
        on
            visitors.customer_id = orders.customer_id
            and visitors.as_of_date > orders.ordered_at

    group by
        visitors.as_of_date,
        visitors.customer_id

),

looks as (

    select
        as_of_date,
        customer_id,
        sum(view_count) as view_count,
        sum(recent_view_count) as recent_view_count,
        sum(cart_count) as cart_count,
        sum(recent_cart_count) as recent_cart_count,
        sum(favorite_count) as favorite_count,
        count(*) as distinct_product_count,
        count(*) filter (where is_in_cart) as open_cart_count,
        min(days_since_last_cart) as days_since_last_cart,
        {{ ratio('sum(unit_price)', 'count(unit_price)') }} as average_unit_price,
        {{ ratio('sum(average_rating)', 'count(average_rating)') }} as average_rating
    from visited_products

    group by
        as_of_date,
        customer_id

),

final as (

    select
        visitors.as_of_date,
        visitors.customer_id,
        cast(visitors.visit_count as bigint) as visit_count,
        cast(visitors.recent_visit_count as bigint) as recent_visit_count,
        {{ days_between('visitors.last_visit_date', 'visitors.as_of_date') }}
        as days_since_last_visit,
        {{ days_between('visitors.first_visit_date', 'visitors.as_of_date') }}
        as days_since_first_visit,
        {{ ratio('visitors.session_seconds', 'visitors.visit_count * 60') }}
        as minutes_per_session,
        {{ ratio('visitors.timed_view_seconds', 'visitors.timed_view_count') }}
        as seconds_per_product_view,
        {{ ratio('visitors.bounce_count', 'visitors.visit_count') }} as bounce_share,
        {%- for column in [
            'view_count', 'recent_view_count', 'cart_count', 'recent_cart_count',
            'favorite_count', 'distinct_product_count', 'open_cart_count'
        ] %}
        cast(coalesce(looks.{{ column }}, 0) as bigint) as {{ column }},
        {%- endfor %}
        looks.days_since_last_cart,
        {{ ratio('looks.average_unit_price', 'purchases.usual_unit_price') }} as price_ratio,
        looks.average_rating,
        cast(coalesce(purchases.purchase_count, 0) as bigint) as purchase_count,
        cast(coalesce(purchases.recent_purchase_count, 0) as bigint) as recent_purchase_count,
        {{ days_between('purchases.last_purchase_date', 'visitors.as_of_date') }}
        as days_since_last_purchase,
        purchases.average_gap_days,
        {{ ratio(
            days_between('purchases.last_purchase_date', 'visitors.as_of_date'),
            'purchases.average_gap_days'
        ) }} as gaps_since_last_purchase,
        purchases.usual_unit_price

    from visitors

    left join looks
        on
            visitors.as_of_date = looks.as_of_date
            and visitors.customer_id = looks.customer_id

    left join purchases
        on
            visitors.as_of_date = purchases.as_of_date
            and visitors.customer_id = purchases.customer_id

)

select * from final
