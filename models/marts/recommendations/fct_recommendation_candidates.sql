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

    select * from {{ ref('int_product_trends') }}

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
        case
            when candidates.method in ({{ text_list(personal_methods()) }}) then products.product_id
            else reason_products.product_id
        end as reason_product_id,
        case
            when candidates.method in ({{ text_list(personal_methods()) }}) then 1
            else reasons.reason_share
        end as reason_share

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

    where not customers.is_last_basket

)

select * from final
