{#- As many windows are learned from as are compared, and each date has that many before it. -#}
{%- set windows = [var('training_windows'), 1] | max -%}
{%- set days = var('propensity_days') -%}

with

today as (

    select as_of_date as today_date from {{ ref('int_as_of_dates') }}
    where is_current

),

visits as (

    select cast(min(started_at) as date) as first_visit_date
    from {{ ref('int_sessions') }}

    where
        is_visit
        and customer_id is not null

),

numbered as (

    {% for number in range(2 * windows + 1) -%}
    select
        {{ add_days('today_date', -days * number) }} as as_of_date,
        {{ number }} as window_number
    from today

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

-- what is learned from has seen a window's days at least
final as (

    select
        numbered.as_of_date,
        numbered.window_number = 0 as is_current,
        numbered.window_number = 1 as is_backtest,
        numbered.window_number <= 1 as is_published,
        numbered.window_number <= {{ windows }} as is_tried,
        numbered.window_number >= 1 as is_closed,
        {{ add_days('numbered.as_of_date', -days) }} as trained_as_of,
        {{ add_days('numbered.as_of_date', -days * windows) }} as trained_from,
        {{ add_days('numbered.as_of_date', -days) }} as recent_from_date,
        {{ add_days('numbered.as_of_date', -visitor_days()) }} as seen_from_date,
        coalesce(
            {{ days_between('visits.first_visit_date', 'numbered.as_of_date') }} >= {{ days }},
            false
        ) as is_learned_from,
        {{ days_between('visits.first_visit_date', 'numbered.as_of_date') }} as event_days

    from numbered

    cross join visits

)

select * from final
