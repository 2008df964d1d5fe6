with

dates as (

    select as_of_date from {{ ref('int_feature_dates') }}
    where is_current or is_backtest

),

product_days as (

    select * from {{ ref('int_customer_product_days') }}

),

interactions as (

    select
        dates.as_of_date,
        product_days.customer_id,
        product_days.product_id,
        cast(count(*) as bigint) as purchase_days_count,
        min(product_days.order_date) as first_purchase_date,
        max(product_days.order_date) as last_purchase_date,
        sum({{ decay(
            days_between('product_days.order_date', 'dates.as_of_date'),
            var('frequency_half_life_days')
        ) }}) as decayed_frequency

    from dates

    inner join product_days
        on product_days.order_date < dates.as_of_date

    group by
        dates.as_of_date,
        product_days.customer_id,
        product_days.product_id

)

select * from interactions
