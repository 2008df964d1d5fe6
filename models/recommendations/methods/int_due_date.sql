with

purchases as (

    select * from {{ ref('int_customer_product_purchases') }}

),

customers as (

    select * from {{ ref('int_listed_customers') }}

),

products as (

    select * from {{ ref('int_product_trends') }}

),

-- the usual gap is the customer's own mean, drawn to that of the product by one gap more
product_gaps as (

    select
        as_of_date,
        product_id,
        sum({{ days_between('first_purchase_date', 'last_purchase_date') }}) as gap_days_sum,
        sum(purchase_days_count - 1) as gap_count

    from purchases

    where purchase_days_count > 1

    group by
        as_of_date,
        product_id

),

gaps as (

    select
        purchases.as_of_date,
        customers.customer_index,
        products.product_index,
        cast({{ days_between(
            'purchases.last_purchase_date', 'purchases.as_of_date'
        ) }} as double) as age_days,
        (
            {{ days_between(
                'purchases.first_purchase_date', 'purchases.last_purchase_date'
            ) }} + product_gaps.gap_days_sum / cast(product_gaps.gap_count as double)
        ) / purchases.purchase_days_count as usual_gap_days

    from purchases

    inner join customers
        on
            purchases.as_of_date = customers.as_of_date
            and purchases.customer_id = customers.customer_id

    inner join products
        on
            purchases.as_of_date = products.as_of_date
            and purchases.product_id = products.product_id

    inner join product_gaps
        on
            purchases.as_of_date = product_gaps.as_of_date
            and purchases.product_id = product_gaps.product_id

    where products.is_still_sold

),

-- one on the day it is due, less before and after
scores as (

    select
        as_of_date,
        customer_index,
        product_index,
        cast(
            least(age_days, usual_gap_days) / greatest(age_days, usual_gap_days) as decimal(18, 9)
        ) as score,
        product_index as reason_product_index,
        1 as reason_share

    from gaps

)

select * from scores
