-- What is one point of retention worth, in which group?
{%- set horizon_days = var('prediction_horizon_days') %}
{%- set fewest_customers = 20 %}
with

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

today as (

    select distinct as_of_date from rfm
    where is_current

),

orders as (

    select * from {{ ref('fct_orders') }}

),

lines as (

    select * from {{ ref('fct_order_lines') }}

),

-- the latest date of which the window that follows is over
windows as (

    select
        max(rfm.as_of_date) as start_date,
        {{ add_days('max(rfm.as_of_date)', horizon_days) }} as end_date

    from rfm

    inner join today
        on rfm.as_of_date <= {{ add_days('today.as_of_date', -horizon_days) }}

),

returned as (

    select distinct orders.customer_id

    from windows

    inner join orders
        on
            orders.order_date >= windows.start_date
            and orders.order_date < windows.end_date

    where
        orders.is_purchase
        and orders.customer_id is not null

),

spent as (

    select
        lines.customer_id,
        sum(lines.net_amount) as net_amount

    from windows

    inner join lines
        on
            lines.ordered_at >= windows.start_date
            and lines.ordered_at < windows.end_date

    group by lines.customer_id

),

groups_then as (

    select
        rfm.rfm_group,
        count(*) as customer_count,
        count(returned.customer_id) as returned_customer_count,
        sum(case when returned.customer_id is not null then spent.net_amount end) as net_amount

    from rfm

    inner join windows
        on rfm.as_of_date = windows.start_date

    left join returned
        on rfm.customer_id = returned.customer_id

    left join spent
        on rfm.customer_id = spent.customer_id

    group by rfm.rfm_group

),

groups_now as (

    select
        rfm_group,
        count(*) as customer_count
    from rfm

    where is_current

    group by rfm_group

),

final as (

    select
        groups_now.rfm_group,
        groups_now.customer_count,
        groups_then.customer_count as earlier_customer_count,
        groups_then.returned_customer_count,
        {{ ratio(
            'groups_then.returned_customer_count', 'groups_then.customer_count'
        ) }} as retention_rate,
        case
            when groups_then.returned_customer_count >= {{ fewest_customers }}
                then {{ money('groups_then.net_amount / groups_then.returned_customer_count') }}
        end as amount_per_returned_customer,
        case
            when groups_then.returned_customer_count >= {{ fewest_customers }}
                then {{ money(
                    'groups_now.customer_count * groups_then.net_amount'
                    ~ ' / (100 * groups_then.returned_customer_count)'
                ) }}
        end as point_amount,
        case
            when groups_then.returned_customer_count < {{ fewest_customers }}
                then 'Fewer than {{ fewest_customers }} of them came back.'
        end as no_amount_reason

    from groups_now

    inner join groups_then
        on groups_now.rfm_group = groups_then.rfm_group

),

ranked as (

    select
        cast(
            row_number() over (
                order by
                    point_amount desc nulls last,
                    rfm_group asc
            ) as int
        ) as place,
        *
    from final

)

select * from ranked
where place <= 100
order by place
