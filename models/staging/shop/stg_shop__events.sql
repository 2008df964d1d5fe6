{{ config(materialized='view') }}

with

events as (

    select * from {{ ref('base_shop__events') }}

),

clean as (

    select
        occurred_at,
        event_number,
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
        restricted_attributes

    from events

    where rejection_reason is null

)

select * from clean
