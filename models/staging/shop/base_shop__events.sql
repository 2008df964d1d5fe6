with

events as (

    select * from {{ source('shop', 'events') }}

),

judged as (

    select
        *,
        case
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
        case when rejection_reason is not null then {{ raw_text('raw_row') }} end as raw_row

    from judged

)

select * from typed
