with

sessions as (

    select * from {{ ref('int_sessions') }}
    where is_visit

),

events as (

    select * from {{ ref('int_events') }}
    where session_key is not null

),

products as (

    select
        product_id,
        category
    from {{ ref('dim_products') }}

),

customers as (

    select
        customer_id,
        acquisition_channel
    from {{ ref('int_customers') }}

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

known as (

    select
        sessions.*,
        {{ visitor_key('sessions') }} as visitor_key,
        customers.acquisition_channel,
        -- 1900-01-01 was a Monday
        {{ add_days(
            'cast(sessions.started_at as date)',
            '-(' ~ days_between("cast('1900-01-01' as date)", 'cast(sessions.started_at as date)')
            ~ ' % 7)'
        ) }} as week_start_date

    from sessions

    inner join today
        on sessions.started_at < today.as_of_date

    left join customers
        on sessions.customer_id = customers.customer_id

),

-- whoever ordered had a cart, and whoever had a cart looked, whether or not the log says so
whole_visits as (

    select
        session_key,
        visitor_key,
        acquisition_channel,
        week_start_date,
        view_count > 0 or cart_count > 0 or is_converted as has_viewed,
        cart_count > 0 or is_converted as has_cart,
        is_converted as has_ordered
    from known

),

in_categories as (

    select
        events.session_key,
        known.visitor_key,
        products.category,
        bool_or(events.event_type in ('view', 'cart', 'purchase')) as has_viewed,
        bool_or(events.event_type in ('cart', 'purchase')) as has_cart,
        bool_or(events.event_type = 'purchase') as has_ordered

    from events

    inner join known
        on events.session_key = known.session_key

    inner join products
        on events.product_id = products.product_id

    where products.category is not null

    group by
        events.session_key,
        known.visitor_key,
        products.category

),

final as (

    select
        'all visits' as slice,
        'all visits' as slice_value,
        session_key,
        visitor_key,
        has_viewed,
        has_cart,
        has_ordered
    from whole_visits

    union all

    select
        'channel' as slice,
        acquisition_channel as slice_value,
        session_key,
        visitor_key,
        has_viewed,
        has_cart,
        has_ordered
    from whole_visits

    where acquisition_channel is not null

    union all

    select
        'week' as slice,
        cast(week_start_date as string) as slice_value,
        session_key,
        visitor_key,
        has_viewed,
        has_cart,
        has_ordered
    from whole_visits

    union all

    select
        'category' as slice,
        category as slice_value,
        session_key,
        visitor_key,
        has_viewed,
        has_cart,
        has_ordered
    from in_categories

)

select * from final
