with

dates as (

    select as_of_date from {{ ref('int_feature_dates') }}
    where is_current or is_backtest

),

interactions as (

    select * from {{ ref('int_interactions') }}

),

lines as (

    select * from {{ ref('fct_order_lines') }}

),

-- guests' purchases too say that a product is sold
sale_days as (

    select distinct
        product_id,
        cast(ordered_at as date) as order_date
    from lines

    where gross_amount > 0

),

last_sales as (

    select
        dates.as_of_date,
        sale_days.product_id,
        max(sale_days.order_date) as last_sold_date

    from dates

    inner join sale_days
        on sale_days.order_date < dates.as_of_date

    group by
        dates.as_of_date,
        sale_days.product_id

),

buyers as (

    select
        as_of_date,
        product_id,
        count(*) as buyer_count,
        count(*) filter (
            where last_purchase_date >= {{ add_days('as_of_date', -var('trend_days')) }}
        ) as recent_buyer_count

    from interactions

    group by
        as_of_date,
        product_id

),

trends as (

    select
        buyers.as_of_date,
        buyers.product_id,
        cast(
            row_number() over (partition by buyers.as_of_date order by buyers.product_id) - 1 as int
        ) as product_index,
        cast(buyers.buyer_count as bigint) as buyer_count,
        cast(buyers.recent_buyer_count as bigint) as recent_buyer_count,
        {% if var('use_trend') -%}
        (buyers.recent_buyer_count + 1) / cast(buyers.buyer_count + 1 as double) as trend,
        {%- else -%}
        cast(1 as double) as trend,
        {%- endif %}
        last_sales.last_sold_date,
        {{ days_between('last_sales.last_sold_date', 'buyers.as_of_date') }}
        <= {{ var('still_sold_days') }} as is_still_sold

    from buyers

    inner join last_sales
        on
            buyers.as_of_date = last_sales.as_of_date
            and buyers.product_id = last_sales.product_id

)

select * from trends
