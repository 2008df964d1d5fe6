{#- After so many days a purchase counts half in personal_frequency
    (docs/models/recommendations.md). -#}
{%- set half_life_days = 180 -%}

with

dates as (

    select * from {{ ref('int_recommendation_dates') }}

),

product_days as (

    select * from {{ ref('int_customer_product_days') }}
    where is_purchase_day

),

last_baskets as (

    select * from {{ ref('int_last_baskets') }}

),

purchases as (

    select
        dates.as_of_date,
        product_days.customer_id,
        product_days.product_id,
        cast(count(*) as bigint) as purchase_days_count,
        min(product_days.order_date) as first_purchase_date,
        max(product_days.order_date) as last_purchase_date,
        cast(sum({{ decay(
            days_between('product_days.order_date', 'dates.as_of_date'),
            half_life_days
        ) }}) as decimal(18, 12)) as decayed_frequency

    from dates

    inner join product_days
        on product_days.order_date < dates.as_of_date

    left join last_baskets
        on
            dates.as_of_date = last_baskets.as_of_date
            and product_days.customer_id = last_baskets.customer_id

    where
        coalesce(product_days.order_date < last_baskets.basket_date, true)
        {%- if not var('use_recency') %}
        and not {{ is_hidden('dates', 'product_days.customer_id', 'product_days.product_id') }}
        {%- endif %}

    group by
        dates.as_of_date,
        product_days.customer_id,
        product_days.product_id

)

select * from purchases
