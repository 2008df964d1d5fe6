with

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

sessions as (

    select * from {{ ref('int_sessions') }}
    where
        customer_id is not null
        and is_visit

),

totals as (

    select
        feature_dates.as_of_date,
        feature_dates.recent_from_date,
        sessions.customer_id,
        count(*) as visit_count,
        cast(min(sessions.started_at) as date) as first_visit_date,
        cast(max(sessions.started_at) as date) as last_visit_date,
        sum(sessions.session_seconds) as session_seconds,
        sum(sessions.timed_view_seconds) as timed_view_seconds,
        sum(sessions.timed_view_count) as timed_view_count,
        sum(sessions.view_count) as view_count,
        sum(sessions.cart_count) as cart_count,
        sum(sessions.favorite_count) as favorite_count,
        count(*) filter (where sessions.is_bounce) as bounce_count,
        count(*) filter (where sessions.is_converted) as converted_count,
        count(*) filter (
            where sessions.started_at >= feature_dates.recent_from_date
        ) as recent_visit_count,
        count(*) filter (
            where
                sessions.started_at >= feature_dates.comparison_from_date
                and sessions.started_at < feature_dates.recent_from_date
        ) as comparison_visit_count

    from feature_dates

    inner join sessions
        on sessions.known_at < feature_dates.as_of_date

    group by all

),

final as (

    select
        as_of_date,
        customer_id,
        cast(visit_count as bigint) as visit_count,
        last_visit_date,
        {{ days_between('last_visit_date', 'as_of_date') }} as days_since_last_visit,
        {{ days_between('first_visit_date', 'as_of_date') }} as days_since_first_visit,
        -- over the time since the first visit, at least a week
        {{ ratio(
            'visit_count * 7', 'greatest(' ~ days_between('first_visit_date', 'as_of_date') ~ ', 7)'
        ) }} as visits_per_week,
        {{ ratio('session_seconds', 'visit_count * 60') }} as minutes_per_session,
        {{ ratio('timed_view_seconds', 'timed_view_count') }} as seconds_per_product_view,
        {{ ratio('view_count', 'visit_count') }} as views_per_session,
        {{ ratio('bounce_count', 'visit_count') }} as bounce_share,
        {{ ratio('converted_count', 'visit_count') }} as conversion_rate,
        cast(view_count as bigint) as view_count,
        cast(cart_count as bigint) as cart_count,
        cast(favorite_count as bigint) as favorite_count,
        cast(recent_visit_count as bigint) as recent_visit_count,
        cast(comparison_visit_count as bigint) as comparison_visit_count,
        {{ change_rate('recent_visit_count', 'comparison_visit_count') }} as visit_change_rate

    from totals

)

select * from final
