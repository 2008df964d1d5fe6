with

events as (

    select * from {{ ref('int_events') }}
    where session_key is not null

),

sessions as (

    select * from {{ ref('int_sessions') }}

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

searches as (

    select
        events.session_key,
        lower(events.search_term) as search_term,
        min(events.occurred_at) as searched_at,
        count(*) as search_count

    from events

    inner join today
        on events.occurred_at < today.as_of_date

    where events.search_term is not null

    group by
        events.session_key,
        lower(events.search_term)

),

-- what was looked at, or ordered, in the same visit after the search
followed as (

    select
        searches.session_key,
        searches.search_term,
        bool_or(events.product_id is not null) as has_found,
        bool_or(events.event_type = 'cart') as has_cart

    from searches

    inner join events
        on
            searches.session_key = events.session_key
            and searches.searched_at <= events.occurred_at

    where events.event_type in ('view', 'click', 'cart', 'favorite', 'purchase')

    group by
        searches.session_key,
        searches.search_term

),

-- a visit without a customer is that of somebody else
seekers as (

    select
        searches.search_term,
        count(distinct coalesce(sessions.customer_id, searches.session_key)) as seeker_count

    from searches

    inner join sessions
        on searches.session_key = sessions.session_key

    group by searches.search_term

),

-- what few have typed may say who they are, and is told together
told as (

    select
        searches.session_key,
        searches.search_count,
        sessions.customer_id,
        sessions.is_converted,
        coalesce(followed.has_found, false) as has_found,
        coalesce(followed.has_cart, false) as has_cart,
        seekers.seeker_count >= {{ fewest_authors() }} as is_told,
        case
            when seekers.seeker_count >= {{ fewest_authors() }} then searches.search_term
            else 'rare terms'
        end as search_term

    from searches

    inner join sessions
        on searches.session_key = sessions.session_key

    inner join seekers
        on searches.search_term = seekers.search_term

    left join followed
        on
            searches.session_key = followed.session_key
            and searches.search_term = followed.search_term

),

counted as (

    select
        search_term,
        is_told,
        sum(search_count) as search_count,
        count(distinct session_key) as session_count,
        count(distinct customer_id) as customer_count,
        count(distinct case when has_found then session_key end) as found_count,
        count(distinct case when has_cart then session_key end) as cart_count,
        count(distinct case when is_converted then session_key end) as bought_count
    from told

    group by
        search_term,
        is_told

),

final as (

    select
        search_term,
        is_told,
        cast(search_count as bigint) as search_count,
        session_count,
        customer_count,
        found_count,
        cart_count,
        bought_count,
        {{ ratio('found_count', 'session_count') }} as found_share,
        {{ ratio('bought_count', 'session_count') }} as bought_share
    from counted

)

{{ without_small_cells('final', ['customer_count'], ['search_term', 'is_told']) }}
