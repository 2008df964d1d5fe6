-- what lines add up to is what orders add up to, before rounding
with

lines as (

    select
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(returned_amount) as returned_amount,
        sum(net_amount) as net_amount,
        sum(cancelled_amount) as cancelled_amount,
        count(*) as line_count
    from {{ ref('fct_order_lines') }}

),

orders as (

    select
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(returned_amount) as returned_amount,
        sum(net_amount) as net_amount,
        sum(cancelled_amount) as cancelled_amount,
        sum(line_count) as line_count
    from {{ ref('int_orders') }}

)

select *
from lines
cross join orders
where
    lines.gross_amount != orders.gross_amount
    or lines.discount_amount != orders.discount_amount
    or lines.returned_amount != orders.returned_amount
    or lines.net_amount != orders.net_amount
    or lines.cancelled_amount != orders.cancelled_amount
    or lines.line_count != orders.line_count
