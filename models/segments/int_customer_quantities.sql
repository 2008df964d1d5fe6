with

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

product_days as (

    select * from {{ ref('int_customer_product_days') }}
    where is_purchase_day

),

quantities as (

    select
        feature_dates.as_of_date,
        product_days.customer_id,
        cast(
            percentile_disc(0.5) within group (order by product_days.unit_count) as decimal(18, 4)
        ) as median_quantity

    from feature_dates

    inner join product_days
        on product_days.order_date < feature_dates.as_of_date

    group by
        feature_dates.as_of_date,
        product_days.customer_id

)

select * from quantities
