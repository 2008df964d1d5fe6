-- Who came for a discount, and who of them stayed?
{%- set horizon_days = var('prediction_horizon_days') %}
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

-- customers whose first days are over, so that all of them had as long to come back
newcomers as (

    select
        orders.customer_id,
        orders.order_date as first_purchase_date,
        {{ add_days('orders.order_date', horizon_days) }} as end_date,
        coalesce(
            orders.promotion_code,
            case
                when orders.discount_amount > 0 then 'a discount without a code'
                else 'full price'
            end
        ) as came_with

    from orders

    inner join today
        on orders.order_date <= {{ add_days('today.as_of_date', -horizon_days) }}

    where orders.purchase_number = 1

),

later_purchases as (

    select
        newcomers.customer_id,
        count(*) as purchase_count,
        count(*) filter (where orders.discount_amount = 0) as full_price_purchase_count

    from newcomers

    inner join orders
        on
            newcomers.customer_id = orders.customer_id
            and orders.order_date > newcomers.first_purchase_date
            and orders.order_date < newcomers.end_date

    group by newcomers.customer_id

),

spent as (

    select
        newcomers.customer_id,
        sum(lines.net_amount) as net_amount

    from newcomers

    inner join lines
        on
            newcomers.customer_id = lines.customer_id
            and lines.ordered_at >= newcomers.first_purchase_date
            and lines.ordered_at < newcomers.end_date

    group by newcomers.customer_id

),

groups as (

    select
        newcomers.came_with,
        count(*) as customer_count,
        count(later_purchases.customer_id) as returned_customer_count,
        count(*) filter (
            where later_purchases.full_price_purchase_count > 0
        ) as full_price_customer_count,
        sum(spent.net_amount) as net_amount

    from newcomers

    left join later_purchases
        on newcomers.customer_id = later_purchases.customer_id

    left join spent
        on newcomers.customer_id = spent.customer_id

    group by newcomers.came_with

),

final as (

    select
        came_with,
        customer_count,
        returned_customer_count,
        full_price_customer_count,
        {{ ratio('returned_customer_count', 'customer_count') }} as return_rate,
        {{ ratio('full_price_customer_count', 'customer_count') }} as full_price_rate,
        {{ money('net_amount / customer_count') }} as amount_per_customer
    from groups

),

ranked as (

    select
        cast(
            row_number() over (
                order by
                    full_price_rate desc,
                    customer_count desc,
                    came_with asc
            ) as int
        ) as place,
        *
    from final

)

select * from ranked
where place <= 100
order by place
