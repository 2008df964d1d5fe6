with

events as (

    select * from {{ ref('int_events') }}
    where session_key is not null

),

orders as (

    select * from {{ ref('int_customer_order_days') }}
    where is_purchase

),

sessions as (

    select
        session_key,
        -- the first customer it was known to be, and from when on: a later one changes nothing
        min_by(customer_id, cast(known_at as string) || ' ' || customer_id) filter (
            where customer_id is not null
        ) as customer_id,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        min(known_at) filter (where customer_id is not null) as known_at,
        bool_or(is_visit) as is_visit,
        count(*) as event_count,
        count(*) filter (where event_type = 'view') as view_count,
        count(*) filter (where event_type = 'cart') as cart_count,
        count(*) filter (where event_type = 'favorite') as favorite_count,
        count(*) filter (where event_type = 'purchase') as purchase_event_count,
        count(duration_seconds) filter (
            where event_type = 'view' and product_id is not null
        ) as timed_view_count,
        sum(duration_seconds) filter (
            where event_type = 'view' and product_id is not null
        ) as timed_view_seconds

    from events

    group by session_key

),

-- sessions in which the customer ordered, whether or not the log says so
converted as (

    select distinct sessions.session_key

    from sessions

    inner join orders
        on
            sessions.customer_id = orders.customer_id
            and orders.order_date = cast(sessions.started_at as date)
            and orders.ordered_at >= sessions.started_at
            and orders.ordered_at
            <= sessions.ended_at + interval {{ var('session_idle_minutes') }} minute

),

final as (

    select
        sessions.session_key,
        sessions.customer_id,
        sessions.started_at,
        greatest(coalesce(sessions.known_at, sessions.ended_at), sessions.ended_at) as known_at,
        sessions.is_visit,
        sessions.event_count = 1 as is_bounce,
        sessions.purchase_event_count > 0 or converted.session_key is not null as is_converted,
        cast(
            {{ dbt.datediff('sessions.started_at', 'sessions.ended_at', 'second') }} as bigint
        ) as session_seconds,
        cast(sessions.view_count as bigint) as view_count,
        cast(sessions.cart_count as bigint) as cart_count,
        cast(sessions.favorite_count as bigint) as favorite_count,
        cast(sessions.timed_view_count as bigint) as timed_view_count,
        sessions.timed_view_seconds

    from sessions

    left join converted
        on sessions.session_key = converted.session_key

)

select * from final
