{%- set columns = [
    'occurred_at', 'event_type', 'customer_id', 'visitor_id', 'session_id', 'product_id', 'page',
    'search_term', 'duration_seconds', 'recommendation_source', 'attributes',
    'restricted_attributes'
] -%}

with

events as (

    select * from {{ source('shop', 'events') }}

),

judged as (

    select
        *,
        case
            {{ reject_unreadable() }}
            {{ reject_invalid('occurred_at', 'timestamp') }}
            {{ reject_missing('event_type') }}
        end as rejection_reason

    from events

),

typed as (

    select
        {{ cast_text('occurred_at', 'timestamp') }} as occurred_at,
        lower(event_type) as event_type,
        {{ customer_key('customer_id') }} as customer_id,
        visitor_id,
        session_id,
        product_id,
        page,
        search_term,
        {{ not_negative(cast_text('duration_seconds', 'decimal(18, 4)')) }} as duration_seconds,
        recommendation_source,
        attributes,
        restricted_attributes,
        rejection_reason,
        case when rejection_reason is not null then {{ raw_row() }} end as raw_row,
        {{ row_hash(columns) }} as content_hash

    from judged

),

-- events have no key: they are told apart by their place among those of the same time
final as (

    select
        occurred_at,
        row_number() over (
            partition by occurred_at order by content_hash, raw_row nulls last
        ) as event_number,
        event_type,
        customer_id,
        visitor_id,
        session_id,
        product_id,
        page,
        search_term,
        duration_seconds,
        recommendation_source,
        attributes,
        restricted_attributes,
        rejection_reason,
        raw_row

    from typed

)

select * from final
