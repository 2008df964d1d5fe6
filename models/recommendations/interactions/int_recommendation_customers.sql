{%- set told_apart_by = [
    'coalesce(buyers.product_count, 0)', 'rfm.first_purchase_date', 'rfm.recency_days',
    'rfm.frequency', 'rfm.monetary_amount', 'behavior.purchase_days_count',
    'behavior.average_gap_days', 'behavior.average_order_amount', 'behavior.units_per_order',
    'behavior.distinct_category_count', 'behavior.preferred_weekday', 'behavior.preferred_daypart',
    'behavior.days_since_last_visit', 'behavior.visit_count', 'behavior.view_count',
    'behavior.average_rating'
] -%}

with

dates as (

    select * from {{ ref('int_recommendation_dates') }}

),

purchases as (

    select * from {{ ref('int_customer_product_purchases') }}

),

behavior as (

    select * from {{ ref('fct_customer_behavior') }}

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

buyers as (

    select
        as_of_date,
        customer_id,
        count(*) as product_count

    from purchases

    group by
        as_of_date,
        customer_id

),

-- everybody who bought or visited before the date, with or without a product to learn from
customers as (

    select
        dates.as_of_date,
        behavior.customer_id,
        dates.is_current,
        dates.is_last_basket,
        dates.is_training,
        coalesce(buyers.product_count, 0) as product_count,
        {{ fingerprint(told_apart_by) }} as fingerprint,
        least(
            coalesce(rfm.recency_days, behavior.days_since_last_visit),
            coalesce(behavior.days_since_last_visit, rfm.recency_days)
        ) <= {{ var('recommend_active_days') }} as is_active

    from behavior

    inner join dates
        on behavior.as_of_date = dates.known_as_of_date

    left join rfm
        on
            behavior.as_of_date = rfm.as_of_date
            and behavior.customer_id = rfm.customer_id

    left join buyers
        on
            dates.as_of_date = buyers.as_of_date
            and behavior.customer_id = buyers.customer_id

),

-- a customer is known by what they did, so that another id draws the same sample and stands in the
-- same place
numbered as (

    select
        *,
        row_number() over (
            partition by as_of_date, fingerprint
            order by customer_id
        ) as alike_number

    from customers

),

-- lists of the past, and methods that no list asks, are there to be scored: for a sample drawn by
-- hash, or all customers where there are no more
ranked as (

    select
        *,
        cast(row_number() over (
            partition by as_of_date
            order by {{ draw_order() }}
        ) - 1 as int) as customer_index

    from numbered

),

final as (

    select
        as_of_date,
        customer_id,
        customer_index,
        cast(product_count as bigint) as product_count,
        is_current,
        is_last_basket,
        is_training,
        coalesce(is_active, false) as is_active,
        customer_index < {{ var('evaluation_sample_customers') }} as is_sampled,
        is_current or customer_index < {{ var('evaluation_sample_customers') }} as is_scored

    from ranked

)

select * from final
