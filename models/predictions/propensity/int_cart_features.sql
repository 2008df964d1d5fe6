{%- set of_customer = [
    'visit_count', 'recent_visit_count', 'days_since_last_visit', 'distinct_product_count',
    'open_cart_count', 'purchase_count', 'recent_purchase_count', 'days_since_last_purchase',
    'average_gap_days'
] -%}

with

visited_products as (

    select * from {{ ref('int_visited_products') }}
    where not is_bought_since

),

visitors as (

    select * from {{ ref('int_visitor_features') }}

),

final as (

    select
        visited_products.as_of_date,
        visited_products.customer_id,
        visited_products.product_id,
        visited_products.view_count,
        visited_products.recent_view_count,
        visited_products.cart_count,
        visited_products.recent_cart_count,
        visited_products.favorite_count,
        visited_products.view_seconds,
        visited_products.days_since_last_seen,
        visited_products.days_since_first_seen,
        visited_products.days_since_last_cart,
        visited_products.product_purchase_days_count,
        visited_products.days_since_product_purchase,
        visited_products.product_buyer_count,
        visited_products.unit_price,
        {{ ratio(
            'visited_products.unit_price', 'visitors.usual_unit_price'
        ) }} as price_ratio,
        visited_products.average_rating
        {%- for column in of_customer %},
        visitors.{{ column }}
        {%- endfor %}

    from visited_products

    left join visitors
        on
            visited_products.as_of_date = visitors.as_of_date
            and visited_products.customer_id = visitors.customer_id

)

select * from final
