with

products as (

    select * from {{ ref('int_product_trends') }}
    where is_still_sold

),

purchases as (

    select * from {{ ref('int_customer_product_purchases') }}

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

group_buyers as (

    select
        purchases.as_of_date,
        rfm.rfm_group,
        purchases.product_id,
        count(*) as recent_buyer_count

    from purchases

    inner join rfm
        on
            purchases.as_of_date = rfm.as_of_date
            and purchases.customer_id = rfm.customer_id

    where
        purchases.last_purchase_date
        >= {{ add_days('purchases.as_of_date', -recent_buyer_days()) }}

    group by
        purchases.as_of_date,
        rfm.rfm_group,
        purchases.product_id

),

counts as (

    select
        as_of_date,
        '{{ everybody() }}' as rfm_group,
        product_index,
        recent_buyer_count,
        buyer_count
    from products

    union all

    select
        products.as_of_date,
        group_buyers.rfm_group,
        products.product_index,
        group_buyers.recent_buyer_count,
        products.buyer_count

    from group_buyers

    inner join products
        on
            group_buyers.as_of_date = products.as_of_date
            and group_buyers.product_id = products.product_id

),

ranked as (

    select
        as_of_date,
        rfm_group,
        product_index,
        -- of equally popular products the one with more buyers of all times comes first
        cast(
            recent_buyer_count
            + buyer_count / cast(1 + max(buyer_count) over (partition by as_of_date) as double)
            as decimal(18, 9)
        ) as score,
        cast(row_number() over (
            partition by as_of_date, rfm_group
            order by recent_buyer_count desc, buyer_count desc, product_index asc
        ) as int) as rank

    from counts

)

select * from ranked
