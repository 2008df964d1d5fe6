-- After which first product do customers come back?
{%- set horizon_days = var('prediction_horizon_days') %}
{%- set fewest_customers = 20 %}
with

today as (

    select distinct as_of_date from {{ ref('fct_customer_rfm') }}
    where is_current

),

orders as (

    select * from {{ ref('fct_orders') }}
    where
        is_purchase
        and customer_id is not null

),

lines as (

    select * from {{ ref('fct_order_lines') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

-- customers whose first days are over, so that all of them had as long to come back
newcomers as (

    select
        orders.customer_id,
        orders.order_date as first_purchase_date

    from orders

    inner join today
        on orders.order_date <= {{ add_days('today.as_of_date', -horizon_days) }}

    where orders.purchase_number = 1

),

outcomes as (

    select
        newcomers.customer_id,
        newcomers.first_purchase_date,
        max(case when orders.customer_id is not null then 1 else 0 end) as has_returned

    from newcomers

    left join orders
        on
            newcomers.customer_id = orders.customer_id
            and orders.order_date > newcomers.first_purchase_date
            and orders.order_date < {{ add_days('newcomers.first_purchase_date', horizon_days) }}

    group by
        newcomers.customer_id,
        newcomers.first_purchase_date

),

totals as (

    select
        count(*) as customer_count,
        cast(sum(has_returned) as bigint) as returned_customer_count
    from outcomes

),

first_days as (

    select distinct
        outcomes.customer_id,
        outcomes.has_returned,
        lines.product_id

    from outcomes

    inner join lines
        on
            outcomes.customer_id = lines.customer_id
            and outcomes.first_purchase_date = cast(lines.ordered_at as date)

    where
        lines.gross_amount > 0
        and not lines.is_non_product

),

counted as (

    select
        product_id,
        count(*) as customer_count,
        cast(sum(has_returned) as bigint) as returned_customer_count,
        cast(sum(has_returned) as double) / count(*) as rate
    from first_days

    group by product_id

    having count(*) >= {{ fewest_customers }}

),

-- the lower end of the 95 % interval of a share (Wilson 1927)
bounded as (

    select
        *,
        (
            rate + 1.9208 / customer_count - 1.96 * sqrt(
                rate * (1 - rate) / customer_count
                + 0.9604 / (cast(customer_count as double) * customer_count)
            )
        ) / (1 + 3.8416 / customer_count) as low_rate
    from counted

),

final as (

    select
        bounded.product_id,
        products.product_name,
        products.category,
        bounded.customer_count,
        bounded.returned_customer_count,
        {{ ratio('bounded.returned_customer_count', 'bounded.customer_count') }} as return_rate,
        cast(greatest(bounded.low_rate, 0) as decimal(18, 6)) as return_rate_low,
        {{ ratio(
            'totals.returned_customer_count - bounded.returned_customer_count',
            'totals.customer_count - bounded.customer_count'
        ) }} as others_return_rate

    from bounded

    cross join totals

    inner join products
        on bounded.product_id = products.product_id

),

ranked as (

    select
        cast(
            row_number() over (
                order by
                    return_rate_low desc,
                    product_id asc
            ) as int
        ) as place,
        *
    from final

)

select * from ranked
where place <= 100
order by place
