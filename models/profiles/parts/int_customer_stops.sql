{%- set steps = ['order', 'cart', 'view', 'visit'] -%}

with

dates as (

    select * from {{ ref('int_profile_dates') }}

),

sessions as (

    select * from {{ ref('int_sessions') }}
    where
        is_visit
        and customer_id is not null

),

counts as (

    select
        dates.as_of_date,
        sessions.customer_id,
        count(*) as all_count,
        count(*) filter (where sessions.is_converted) as order_count,
        count(*) filter (
            where not sessions.is_converted and sessions.cart_count > 0
        ) as cart_count,
        count(*) filter (
            where
                not sessions.is_converted
                and sessions.cart_count = 0
                and sessions.view_count > 0
        ) as view_count,
        count(*) filter (
            where
                not sessions.is_converted
                and sessions.cart_count = 0
                and sessions.view_count = 0
        ) as visit_count

    from dates

    inner join sessions
        on dates.as_of_date > sessions.known_at

    group by
        dates.as_of_date,
        sessions.customer_id

),

final as (

    select
        counts.as_of_date,
        counts.customer_id,
        {{ most_frequent('counts', steps) }} as usual_stop,
        {{ ratio(
            'greatest(counts.order_count, counts.cart_count, counts.view_count,'
            ~ ' counts.visit_count)',
            'counts.all_count'
        ) }} as usual_stop_share
    from counts

)

select * from final
