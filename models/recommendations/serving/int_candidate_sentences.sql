{{ config(materialized='view') }}

with

candidates as (

    select * from {{ ref('int_candidate_reasons') }}

),

methods as (

    select * from {{ ref('int_recommendation_methods') }}

),

customers as (

    select * from {{ ref('int_listed_customers') }}
    where not is_last_basket

),

products as (

    select
        trends.as_of_date,
        trends.product_index,
        trends.product_id,
        trends.buyer_count,
        trends.recent_buyer_count,
        products.product_name

    from {{ ref('int_product_trends') }} as trends

    inner join {{ ref('dim_products') }} as products
        on trends.product_id = products.product_id

),

purchases as (

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
        products.product_name,
        candidates.score,
        candidates.list,
        candidates.list_rank,
        candidates.list_score,
        candidates.is_sampled,
        reason_products.product_id as reason_product_id,
        candidates.reason_share,
        case
            when methods.list = 'buy_again'
                then 'Bought it on ' || case
                    when purchases.purchase_days_count > 1
                        then cast(purchases.purchase_days_count as string)
                            || ' days, the last time on '
                    else ''
                end || cast(purchases.last_purchase_date as string) || '.'
            when candidates.reason_product_index is null and products.recent_buyer_count > 0
                then cast(products.recent_buyer_count as string)
                    || ' customers bought it in the last {{ recent_buyer_days() }} days.'
            when candidates.reason_product_index is null
                then cast(products.buyer_count as string) || ' customers have bought it.'
            when candidates.reason_product_index = candidates.product_index
                then 'Looked at it, and has not bought it yet.'
            when methods.wording = 'alike'
                then 'Like '
                    || coalesce(reason_products.product_name, reason_products.product_id)
                    || ', which this one ' || {{ what_was_done('purchases') }} || '.'
            else
                'Customers who bought '
                || coalesce(reason_products.product_name, reason_products.product_id)
                || ', which this one ' || {{ what_was_done('purchases') }} || ', bought it too.'
        end as reason

    from candidates

    inner join methods
        on candidates.method = methods.method

    inner join customers
        on
            candidates.as_of_date = customers.as_of_date
            and candidates.customer_index = customers.customer_index

    inner join products
        on
            candidates.as_of_date = products.as_of_date
            and candidates.product_index = products.product_index

    left join products as reason_products
        on
            candidates.as_of_date = reason_products.as_of_date
            and candidates.reason_product_index = reason_products.product_index

    left join purchases
        on
            candidates.as_of_date = purchases.as_of_date
            and customers.customer_id = purchases.customer_id
            and reason_products.product_id = purchases.product_id

)

select * from final
