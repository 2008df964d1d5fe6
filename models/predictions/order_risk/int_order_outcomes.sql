with

lines as (

    select
        order_id,
        line_number,
        customer_id,
        product_id,
        placed_at,
        quantity,
        line_amount
    from {{ ref('int_placed_lines') }}

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

returns as (

    select
        returned.customer_id,
        returned.product_id,
        -returned.quantity as quantity,
        returned.ordered_at

    from {{ ref('fct_order_lines') }} as returned

    inner join today
        on returned.ordered_at < today.as_of_date

    where
        returned.quantity < 0
        and returned.customer_id is not null
        and not returned.is_cancelled

),

-- the same customer takes back the same quantity of the same product, soon
undone_lines as (

    select distinct
        lines.order_id,
        lines.line_number

    from lines

    inner join returns
        on
            lines.customer_id = returns.customer_id
            and lines.product_id = returns.product_id
            and lines.quantity = returns.quantity
            and lines.placed_at <= returns.ordered_at
            and returns.ordered_at
            < lines.placed_at + interval {{ var('order_outcome_days') }} day

    union distinct

    select
        order_id,
        line_number
    from {{ ref('fct_order_lines') }}

    where is_cancelled

),

-- whether the shop's statuses tell of orders that were cancelled
statuses as (

    select count(*) > 0 as has_cancelled_orders
    from {{ ref('fct_order_lines') }}

    where is_cancelled

),

order_parts as (

    select
        order_id,
        line_number,
        part_number
    from {{ ref('int_order_parts') }}

),

-- as the shop labels them: an order without a label is none that is known to be good
labels as (

    select
        {{ order_part_id('labelled.order_id', 'order_parts.part_number') }} as order_id,
        bool_or(labelled.is_fraud) as is_fraud

    from {{ ref('stg_shop__order_lines') }} as labelled

    left join order_parts
        on
            labelled.order_id = order_parts.order_id
            and labelled.line_number = order_parts.line_number

    where labelled.is_fraud is not null

    group by {{ order_part_id('labelled.order_id', 'order_parts.part_number') }}

),

orders as (

    select
        lines.order_id,
        min(lines.customer_id) as customer_id,
        cast(min(lines.placed_at) as date) as order_date,
        cast(sum(lines.line_amount) as decimal(18, 4)) as order_amount,
        cast(sum(
            case when undone_lines.order_id is not null then lines.line_amount else 0 end
        ) as decimal(18, 4)) as undone_amount

    from lines

    left join undone_lines
        on
            lines.order_id = undone_lines.order_id
            and lines.line_number = undone_lines.line_number

    group by lines.order_id

),

dated as (

    select
        orders.*,
        {{ add_days('orders.order_date', var('order_outcome_days') + 1) }} as closed_date,
        2 * orders.undone_amount >= orders.order_amount as is_undone,
        labels.is_fraud

    from orders

    left join labels
        on orders.order_id = labels.order_id

),

-- a guest's returns are nobody's, so that their orders tell only where statuses do
final as (

    select
        dated.order_id,
        dated.order_date,
        dated.closed_date,
        dated.closed_date <= today.as_of_date as is_closed,
        dated.undone_amount,
        case
            when dated.is_undone then true
            when
                dated.closed_date <= today.as_of_date
                and (dated.customer_id is not null or statuses.has_cancelled_orders)
                then false
        end as is_undone,
        dated.is_fraud

    from dated

    cross join today

    cross join statuses

)

select * from final
