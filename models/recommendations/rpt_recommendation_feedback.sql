with

events as (

    select * from {{ ref('int_events') }}
    where recommendation_source is not null

),

product_days as (

    select * from {{ ref('int_customer_product_days') }}
    where is_purchase_day

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

shown as (

    select
        events.occurred_at,
        events.event_number,
        events.event_type,
        events.customer_id,
        events.product_id,
        split_part(events.recommendation_source, '/', 1) as list,
        nullif(split_part(events.recommendation_source, '/', 2), '') as method,
        try_cast(nullif(split_part(events.recommendation_source, '/', 3), '') as int) as rank,
        nullif(split_part(events.recommendation_source, '/', 4), '') as variant

    from events

    inner join today
        on events.occurred_at < today.as_of_date

    where events.event_type in ('impression', 'click')

),

-- a click after which the customer bought the product
bought as (

    select distinct
        shown.occurred_at,
        shown.event_number

    from shown

    inner join product_days
        on
            shown.customer_id = product_days.customer_id
            and shown.product_id = product_days.product_id
            and product_days.order_date >= cast(shown.occurred_at as date)
            and product_days.order_date
            < {{ add_days('cast(shown.occurred_at as date)', var('feedback_days')) }}

    where shown.event_type = 'click'

),

counted as (

    select
        shown.list,
        shown.method,
        shown.rank,
        shown.variant,
        min(cast(shown.occurred_at as date)) as first_date,
        max(cast(shown.occurred_at as date)) as last_date,
        count(*) filter (where shown.event_type = 'impression') as impression_count,
        count(*) filter (where shown.event_type = 'click') as click_count,
        count(*) filter (
            where shown.event_type = 'click' and shown.customer_id is not null
        ) as known_click_count,
        count(bought.event_number) as order_count

    from shown

    left join bought
        on
            shown.occurred_at = bought.occurred_at
            and shown.event_number = bought.event_number

    group by
        shown.list,
        shown.method,
        shown.rank,
        shown.variant

),

final as (

    select
        list,
        method,
        rank,
        variant,
        first_date,
        last_date,
        cast(impression_count as bigint) as impression_count,
        cast(click_count as bigint) as click_count,
        {{ ratio('click_count', 'impression_count') }} as click_rate,
        cast(known_click_count as bigint) as known_click_count,
        cast(order_count as bigint) as order_count,
        {{ ratio('order_count', 'known_click_count') }} as order_rate
    from counted

)

{{ without_small_cells('final', ['impression_count'], ['list', 'method', 'rank', 'variant']) }}
