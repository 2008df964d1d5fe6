with

candidates as (

    select * from {{ ref('int_candidates') }}

),

reasons as (

    select * from {{ ref('int_candidate_reasons') }}

),

customers as (

    select * from {{ ref('int_listed_customers') }}

),

products as (

    select
        trends.as_of_date,
        trends.product_index,
        trends.product_id,
        trends.buyer_count,
        trends.recent_buyer_count,
        coalesce(products.product_name, trends.product_id) as product_name

    from {{ ref('int_product_trends') }} as trends

    inner join {{ ref('dim_products') }} as products
        on trends.product_id = products.product_id

),

interactions as (

    select * from {{ ref('int_customer_product_purchases') }}

),

final as (

    select
        candidates.as_of_date,
        customers.customer_id,
        candidates.method,
        candidates.rank,
        customers.is_current,
        products.product_id,
        candidates.score,
        reason_products.product_id as reason_product_id,
        reasons.reason_share,
        case
            when candidates.method in ({{ text_list(personal_methods()) }})
                then 'Bought it on ' || case
                    when interactions.purchase_days_count > 1
                        then cast(interactions.purchase_days_count as string)
                            || ' days, the last time on '
                    else ''
                end || cast(interactions.last_purchase_date as string) || '.'
            when reasons.reason_product_index is null and products.recent_buyer_count > 0
                then cast(products.recent_buyer_count as string)
                    || ' customers bought it in the last {{ var("trend_days") }} days.'
            when reasons.reason_product_index is null
                then cast(products.buyer_count as string) || ' customers have bought it.'
            when reasons.reason_product_index = candidates.product_index
                then 'Looked at it, and has not bought it yet.'
            when candidates.method = 'content'
                then 'Like ' || reason_products.product_name || ', which this one '
                    || {{ what_was_done('interactions') }} || '.'
            else
                'Customers who bought ' || reason_products.product_name || ', which this one '
                || {{ what_was_done('interactions') }} || ', bought it too.'
        end as reason

    from candidates

    inner join customers
        on
            candidates.as_of_date = customers.as_of_date
            and candidates.customer_index = customers.customer_index

    inner join products
        on
            candidates.as_of_date = products.as_of_date
            and candidates.product_index = products.product_index

    left join reasons
        on
            candidates.as_of_date = reasons.as_of_date
            and candidates.method = reasons.method
            and candidates.customer_index = reasons.customer_index
            and candidates.product_index = reasons.product_index

    left join products as reason_products
        on
            reasons.as_of_date = reason_products.as_of_date
            and reasons.reason_product_index = reason_products.product_index

    left join interactions
        on
            candidates.as_of_date = interactions.as_of_date
            and customers.customer_id = interactions.customer_id
            and reason_products.product_id = interactions.product_id

    where not customers.is_last_basket

)

select * from final
