with

dates as (

    select * from {{ ref('int_propensity_dates') }}
    where
        is_published
        or is_learned_from

),

events as (

    select * from {{ ref('int_events') }}
    where
        customer_id is not null
        and product_id is not null
        and event_type in ('view', 'cart', 'favorite')

),

non_products as (

    select product_id from {{ ref('int_non_products') }}

),

product_days as (

    select * from {{ ref('int_customer_product_days') }}
    where is_purchase_day

),

reviews as (

    select * from {{ ref('int_reviews') }}
    where rating is not null

),

-- an event counts from when it is known whose it is
looks as (

    select
        dates.as_of_date,
        events.customer_id,
        events.product_id,
        count(*) filter (where events.event_type = 'view') as view_count,
        count(*) filter (
            where events.event_type = 'view' and events.occurred_at >= dates.recent_from_date
        ) as recent_view_count,
        count(*) filter (where events.event_type = 'cart') as cart_count,
        count(*) filter (
            where events.event_type = 'cart' and events.occurred_at >= dates.recent_from_date
        ) as recent_cart_count,
        count(*) filter (where events.event_type = 'favorite') as favorite_count,
        sum(case when events.event_type = 'view' then events.duration_seconds end) as view_seconds,
        cast(min(events.occurred_at) as date) as first_seen_date,
        cast(max(events.occurred_at) as date) as last_seen_date,
        cast(
            max(case when events.event_type = 'cart' then events.occurred_at end) as date
        ) as last_cart_date

    from dates

    inner join events
        on
            events.known_at < dates.as_of_date
            and events.occurred_at >= dates.seen_from_date

    left join non_products
        on events.product_id = non_products.product_id

    where non_products.product_id is null

    group by
        dates.as_of_date,
        events.customer_id,
        events.product_id

),

bought as (

    select
        looks.as_of_date,
        looks.customer_id,
        looks.product_id,
        count(distinct product_days.order_date) as purchase_days_count,
        max(product_days.order_date) as last_purchase_date

    from looks

    inner join product_days
        on
            looks.customer_id = product_days.customer_id
            and looks.product_id = product_days.product_id
            and looks.as_of_date > product_days.order_date

    group by
        looks.as_of_date,
        looks.customer_id,
        looks.product_id

),

sales as (

    select
        product_id,
        order_date,
        count(*) as buyer_count,
        sum(gross_amount) as gross_amount,
        sum(unit_count) as unit_count
    from product_days

    group by
        product_id,
        order_date

),

prices as (

    select
        dates.as_of_date,
        sales.product_id,
        coalesce(sum(sales.buyer_count) filter (
            where sales.order_date >= dates.seen_from_date
        ), 0) as buyer_count,
        {{ ratio('sum(sales.gross_amount)', 'sum(sales.unit_count)') }} as unit_price

    from dates

    inner join sales
        on dates.as_of_date > sales.order_date

    group by
        dates.as_of_date,
        sales.product_id

),

ratings as (

    select
        dates.as_of_date,
        reviews.product_id,
        {{ ratio('sum(reviews.rating)', 'count(*)') }} as average_rating

    from dates

    inner join reviews
        on dates.as_of_date > reviews.reviewed_at

    group by
        dates.as_of_date,
        reviews.product_id

),

final as (

    select
        looks.as_of_date,
        looks.customer_id,
        looks.product_id,
        cast(looks.view_count as bigint) as view_count,
        cast(looks.recent_view_count as bigint) as recent_view_count,
        cast(looks.cart_count as bigint) as cart_count,
        cast(looks.recent_cart_count as bigint) as recent_cart_count,
        cast(looks.favorite_count as bigint) as favorite_count,
        cast(looks.view_seconds as decimal(18, 4)) as view_seconds,
        {{ days_between('looks.last_seen_date', 'looks.as_of_date') }} as days_since_last_seen,
        {{ days_between('looks.first_seen_date', 'looks.as_of_date') }} as days_since_first_seen,
        {{ days_between('looks.last_cart_date', 'looks.as_of_date') }} as days_since_last_cart,
        cast(coalesce(bought.purchase_days_count, 0) as bigint) as product_purchase_days_count,
        {{ days_between('bought.last_purchase_date', 'looks.as_of_date') }}
        as days_since_product_purchase,
        coalesce(bought.last_purchase_date >= looks.last_seen_date, false) as is_bought_since,
        coalesce(
            looks.last_cart_date > bought.last_purchase_date,
            looks.last_cart_date is not null
        ) as is_in_cart,
        prices.unit_price,
        cast(coalesce(prices.buyer_count, 0) as bigint) as product_buyer_count,
        ratings.average_rating

    from looks

    left join bought
        on
            looks.as_of_date = bought.as_of_date
            and looks.customer_id = bought.customer_id
            and looks.product_id = bought.product_id

    left join prices
        on
            looks.as_of_date = prices.as_of_date
            and looks.product_id = prices.product_id

    left join ratings
        on
            looks.as_of_date = ratings.as_of_date
            and looks.product_id = ratings.product_id

)

select * from final
