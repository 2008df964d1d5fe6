-- What is about to run out, and who buys it?
{%- set horizon_days = var('prediction_horizon_days') %}
with

advice as (

    select * from {{ ref('fct_inventory_advice') }}
    where is_understocked

),

products as (

    select * from {{ ref('dim_products') }}

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}
    where is_current

),

lines as (

    select * from {{ ref('fct_order_lines') }}
    where gross_amount > 0

),

recommendations as (

    select * from {{ ref('fct_customer_recommendations') }}
    where
        is_current
        and list = 'buy_again'

),

buyers as (

    select distinct
        lines.product_id,
        rfm.customer_id,
        rfm.rfm_group,
        rfm.monetary_amount

    from lines

    inner join rfm
        on
            lines.customer_id = rfm.customer_id
            and lines.ordered_at < rfm.as_of_date
            and lines.ordered_at >= {{ add_days('rfm.as_of_date', -horizon_days) }}

),

placed as (

    select
        *,
        row_number() over (
            partition by product_id order by monetary_amount desc, customer_id asc
        ) as place
    from buyers

),

counted as (

    select
        product_id,
        count(*) as buyer_count,
        count(*) filter (where rfm_group in ('champions', 'loyal')) as best_buyer_count,
        max(case when place = 1 then customer_id end) as best_customer_id
    from placed

    group by product_id

),

offered as (

    select
        product_id,
        count(*) as offered_customer_count
    from recommendations

    group by product_id

),

final as (

    select
        advice.product_id,
        advice.product_name,
        advice.category,
        advice.stock_quantity,
        advice.days_of_cover,
        advice.lead_time_days,
        advice.suggested_units,
        {{ money(
            'greatest(advice.lead_time_units - greatest(advice.stock_quantity, 0), 0)'
            ~ ' * products.median_unit_price'
        ) }} as missed_amount,
        coalesce(counted.buyer_count, 0) as buyer_count,
        coalesce(counted.best_buyer_count, 0) as best_buyer_count,
        counted.best_customer_id,
        coalesce(offered.offered_customer_count, 0) as offered_customer_count

    from advice

    inner join products
        on advice.product_id = products.product_id

    left join counted
        on advice.product_id = counted.product_id

    left join offered
        on advice.product_id = offered.product_id

),

ranked as (

    select
        cast(
            row_number() over (
                order by
                    missed_amount desc nulls last,
                    days_of_cover asc nulls last,
                    product_id asc
            ) as int
        ) as place,
        *
    from final

)

select * from ranked
where place <= 100
order by place
