with

purchases as (

    select * from {{ ref('int_customer_product_purchases') }}

),

customers as (

    select * from {{ ref('int_listed_customers') }}

),

products as (

    select
        *,
        max(buyer_count) over (partition by as_of_date) as largest_buyer_count
    from {{ ref('int_product_trends') }}

),

-- of products bought on as many days the one with more buyers comes first
scores as (

    select
        purchases.as_of_date,
        customers.customer_index,
        products.product_index,
        cast(
            purchases.purchase_days_count
            + products.buyer_count / cast(1 + products.largest_buyer_count as double)
            as decimal(18, 9)
        ) as score,
        products.product_index as reason_product_index,
        1 as reason_share

    from purchases

    inner join customers
        on
            purchases.as_of_date = customers.as_of_date
            and purchases.customer_id = customers.customer_id

    inner join products
        on
            purchases.as_of_date = products.as_of_date
            and purchases.product_id = products.product_id

)

select * from scores
