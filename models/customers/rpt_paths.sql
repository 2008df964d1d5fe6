with

sessions as (

    select * from {{ ref('int_sessions') }}
    where is_visit

),

events as (

    select * from {{ ref('int_events') }}
    where session_key is not null

),

event_types as (

    select * from {{ ref('event_types') }}
    where
        is_visit
        or event_type in ('click', 'purchase')

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

ordered as (

    select
        events.session_key,
        {{ visitor_key('sessions') }} as visitor_key,
        events.event_type,
        events.occurred_at,
        events.event_number,
        lag(events.event_type) over (
            partition by events.session_key
            order by events.occurred_at, events.event_number
        ) as event_type_before

    from events

    inner join event_types
        on events.event_type = event_types.event_type

    inner join sessions
        on events.session_key = sessions.session_key

    inner join today
        on sessions.started_at < today.as_of_date

),

-- the same thing again is no new step
steps as (

    select
        session_key,
        visitor_key,
        event_type,
        row_number() over (
            partition by session_key order by occurred_at, event_number
        ) as step_number
    from ordered

    where
        event_type_before is null
        or event_type_before != event_type

),

moves as (

    select
        session_key,
        visitor_key,
        step_number,
        event_type as from_event,
        lead(event_type) over (partition by session_key order by step_number) as to_event
    from steps

),

counted as (

    select
        step_number,
        from_event,
        coalesce(to_event, 'left') as to_event,
        count(*) as session_count,
        count(distinct visitor_key) as visitor_count
    from moves

    where step_number <= {{ var('path_steps') }}

    group by
        step_number,
        from_event,
        coalesce(to_event, 'left')

),

final as (

    select
        cast(step_number as int) as step_number,
        cast(step_number as string) || ' ' || from_event as from_step,
        case
            when to_event = 'left' then 'left'
            else cast(step_number + 1 as string) || ' ' || to_event
        end as to_step,
        from_event,
        to_event,
        cast(session_count as bigint) as session_count,
        cast(visitor_count as bigint) as visitor_count,
        {{ ratio(
            'session_count', 'sum(session_count) over (partition by step_number, from_event)'
        ) }} as share_of_step
    from counted

)

{{ without_small_cells(
    'final',
    counts=['session_count', 'visitor_count'],
    keys=['step_number', 'from_step', 'to_step', 'from_event', 'to_event'],
    totals=[['step_number']]
) }}
