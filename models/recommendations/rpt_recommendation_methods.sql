with

dates as (

    select as_of_date from {{ ref('int_recommendation_dates') }}
    where is_published

),

candidates as (

    select * from {{ ref('int_candidates') }}

),

customers as (

    select * from {{ ref('int_listed_customers') }}

),

products as (

    select * from {{ ref('int_product_trends') }}

),

texts as (

    select * from {{ ref('int_product_texts') }}

),

methods as (

    select * from {{ ref('int_recommendation_methods') }}

),

orders as (

    select * from {{ ref('int_orders') }}

),

counts as (

    select
        as_of_date,
        method,
        count(distinct customer_index) as customer_count,
        count(distinct product_index) as product_count,
        count(*) as candidate_count
    from candidates

    group by
        as_of_date,
        method

),

customer_counts as (

    select
        as_of_date,
        count(*) as customer_count,
        count(*) filter (where product_count > 0) as buyer_count
    from customers

    group by as_of_date

),

product_counts as (

    select
        as_of_date,
        count(*) filter (where buyer_count > 0) as product_count,
        count(*) filter (where buyer_count >= 3) as fitted_product_count
    from products

    group by as_of_date

),

text_counts as (

    select
        as_of_date,
        count(*) filter (where trim(product_text) != '') as text_count
    from texts

    group by as_of_date

),

order_counts as (

    select
        dates.as_of_date,
        count(orders.customer_id) as customer_order_count

    from dates

    inner join orders
        on orders.ordered_at < dates.as_of_date

    group by dates.as_of_date

),

final as (

    select
        dates.as_of_date,
        methods.method,
        cast(coalesce(customer_counts.customer_count, 0) as bigint) as listed_customer_count,
        cast(coalesce(counts.customer_count, 0) as bigint) as customer_count,
        cast(coalesce(counts.product_count, 0) as bigint) as product_count,
        cast(coalesce(counts.candidate_count, 0) as bigint) as candidate_count,
        case
            when counts.candidate_count > 0 then null
            when
                order_counts.customer_order_count = 0
                and (coalesce(customer_counts.customer_count, 0) = 0 or not methods.needs_texts)
                then 'no order has a customer'
            when coalesce(customer_counts.customer_count, 0) = 0
                then 'no customer was active within recommend_active_days'
            when product_counts.fitted_product_count > methods.max_products
                then 'stepped aside: more than ' || cast(methods.max_products as string)
                    || ' products were bought by three customers'
            when methods.needs_texts and coalesce(text_counts.text_count, 0) = 0
                then 'products have no names, categories or descriptions'
            when not methods.needs_texts and coalesce(customer_counts.buyer_count, 0) = 0
                then 'nobody who is active has bought anything'
            else methods.reason_for_none
        end as reason_for_none

    from dates

    cross join methods

    left join counts
        on
            dates.as_of_date = counts.as_of_date
            and methods.method = counts.method

    left join order_counts
        on dates.as_of_date = order_counts.as_of_date

    left join customer_counts
        on dates.as_of_date = customer_counts.as_of_date

    left join product_counts
        on dates.as_of_date = product_counts.as_of_date

    left join text_counts
        on dates.as_of_date = text_counts.as_of_date

)

select * from final
