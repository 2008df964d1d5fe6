with

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

order_behavior as (

    select * from {{ ref('int_customer_order_behavior') }}

),

product_behavior as (

    select * from {{ ref('int_customer_product_behavior') }}

),

visit_behavior as (

    select * from {{ ref('int_customer_visit_behavior') }}

),

review_behavior as (

    select * from {{ ref('int_customer_review_behavior') }}

),

customers as (

    select
        as_of_date,
        customer_id
    from order_behavior

    union distinct

    select
        as_of_date,
        customer_id
    from visit_behavior

    union distinct

    select
        as_of_date,
        customer_id
    from review_behavior

),

final as (

    select
        customers.as_of_date,
        customers.customer_id,
        feature_dates.is_current,
        order_behavior.purchase_count,
        order_behavior.purchase_days_count,
        order_behavior.tenure_days,
        order_behavior.average_gap_days,
        order_behavior.gap_variation,
        order_behavior.average_order_amount,
        order_behavior.units_per_order,
        order_behavior.products_per_order,
        product_behavior.distinct_product_count,
        product_behavior.distinct_category_count,
        product_behavior.favorite_category,
        product_behavior.favorite_category_share,
        product_behavior.category_diversity,
        order_behavior.return_share,
        order_behavior.discount_share,
        order_behavior.preferred_weekday,
        order_behavior.preferred_daypart,
        order_behavior.preferred_channel,
        order_behavior.recent_purchase_count,
        order_behavior.comparison_purchase_count,
        order_behavior.purchase_change_rate,
        order_behavior.recent_spend_amount,
        order_behavior.comparison_spend_amount,
        order_behavior.spend_change_rate,
        visit_behavior.visit_count,
        visit_behavior.last_visit_date,
        visit_behavior.days_since_last_visit,
        visit_behavior.visits_per_week,
        visit_behavior.minutes_per_session,
        visit_behavior.seconds_per_product_view,
        visit_behavior.views_per_session,
        visit_behavior.bounce_share,
        visit_behavior.conversion_rate,
        visit_behavior.view_count,
        visit_behavior.cart_count,
        visit_behavior.favorite_count,
        visit_behavior.recent_visit_count,
        visit_behavior.comparison_visit_count,
        visit_behavior.visit_change_rate,
        review_behavior.review_count,
        review_behavior.average_rating

    from customers

    inner join feature_dates
        on customers.as_of_date = feature_dates.as_of_date

    left join order_behavior
        on
            customers.as_of_date = order_behavior.as_of_date
            and customers.customer_id = order_behavior.customer_id

    left join product_behavior
        on
            customers.as_of_date = product_behavior.as_of_date
            and customers.customer_id = product_behavior.customer_id

    left join visit_behavior
        on
            customers.as_of_date = visit_behavior.as_of_date
            and customers.customer_id = visit_behavior.customer_id

    left join review_behavior
        on
            customers.as_of_date = review_behavior.as_of_date
            and customers.customer_id = review_behavior.customer_id

)

select * from final
