{%- set event_order = [
    'occurred_at', 'event_type', 'session_id nulls last', 'product_id nulls last',
    'page nulls last', 'customer_id nulls last', 'event_number'
] | join(', ') -%}

with

events as (

    select
        *,
        coalesce('v' || visitor_id, 's' || session_id, 'c' || customer_id) as device_id
    from {{ ref('stg_shop__events') }}

),

event_types as (

    select * from {{ ref('event_types') }}

),

neighbors as (

    select
        *,
        {{ last_not_null('customer_id') }} over up_to_here as last_customer_id,
        {{ first_not_null('customer_id') }} over from_here_on as next_customer_id,
        {{ first_not_null(
            'case when customer_id is not null then occurred_at end'
        ) }} over from_here_on as next_known_at

    from events

    window
        from_here_on as (
            partition by device_id order by {{ event_order }}
            rows between current row and unbounded following
        ),
        up_to_here as (
            partition by device_id order by {{ event_order }}
            rows between unbounded preceding and current row
        )

),

-- an event without a customer is the last customer's on the same device, or where there was none
-- yet the next one's, and is known to be theirs from then on
identified as (

    select
        occurred_at,
        event_number,
        event_type,
        device_id,
        session_id,
        product_id,
        page,
        search_term,
        recommendation_source,
        duration_seconds,
        case
            when device_id is null then customer_id
            else coalesce(last_customer_id, next_customer_id)
        end as customer_id,
        case
            when device_id is not null and last_customer_id is null
                then coalesce(next_known_at, occurred_at)
            else occurred_at
        end as known_at

    from neighbors

),

-- where the shop has no session id, a visit ends with a pause
pauses as (

    select
        *,
        case
            when occurred_at <= lag(occurred_at) over (
                partition by device_id, session_id order by {{ event_order }}
            ) + interval {{ var('session_idle_minutes') }} minute
                then 0
            else 1
        end as is_after_pause

    from identified

),

numbered as (

    select
        *,
        sum(is_after_pause) over (
            partition by device_id, session_id
            order by {{ event_order }}
            rows between unbounded preceding and current row
        ) as pause_number

    from pauses

),

-- every visit ends at midnight, so that what is said as of a day never depends on the next one
keyed as (

    select
        occurred_at,
        event_number,
        known_at,
        event_type,
        customer_id,
        session_id,
        product_id,
        page,
        search_term,
        recommendation_source,
        duration_seconds,
        coalesce('s' || session_id, device_id || '#' || cast(pause_number as string))
        || '@' || cast(cast(occurred_at as date) as string) as session_key

    from numbered

),

timed as (

    select
        *,
        lead(occurred_at) over (
            partition by session_key order by {{ event_order }}
        ) as next_occurred_at

    from keyed

),

final as (

    select
        timed.session_key,
        timed.occurred_at,
        timed.event_number,
        timed.known_at,
        timed.event_type,
        timed.customer_id,
        timed.product_id,
        timed.search_term,
        timed.recommendation_source,
        cast(case
            when timed.duration_seconds is not null then timed.duration_seconds
            when
                timed.session_key is not null
                and timed.next_occurred_at
                <= timed.occurred_at + interval {{ var('session_idle_minutes') }} minute
                then {{ dbt.datediff('timed.occurred_at', 'timed.next_occurred_at', 'second') }}
        end as decimal(18, 4)) as duration_seconds,
        coalesce(event_types.is_visit, false) as is_visit

    from timed

    left join event_types
        on timed.event_type = event_types.event_type

)

select * from final
