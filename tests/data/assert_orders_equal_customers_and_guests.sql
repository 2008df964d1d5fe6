-- customers and guests together have all orders, purchases and revenue
with

orders as (

    select
        count(*) as order_count,
        count(*) filter (where is_purchase) as purchase_count,
        sum(net_amount) as net_amount
    from {{ ref('int_orders') }}

),

guests as (

    select
        count(*) as order_count,
        count(*) filter (where is_purchase) as purchase_count,
        coalesce(sum(net_amount), 0) as net_amount
    from {{ ref('int_orders') }}
    where customer_id is null

),

customers as (

    select
        coalesce(sum(order_count), 0) as order_count,
        coalesce(sum(purchase_count), 0) as purchase_count,
        coalesce(sum(net_amount), 0) as net_amount,
        count(*) as customer_count
    from {{ ref('dim_customers') }}

)

select *
from orders
cross join guests
cross join customers
where
    orders.order_count != guests.order_count + customers.order_count
    or orders.purchase_count != guests.purchase_count + customers.purchase_count
    -- each customer's amount is rounded once
    or abs(orders.net_amount - guests.net_amount - customers.net_amount)
    > 0.005 * (1 + customers.customer_count)
