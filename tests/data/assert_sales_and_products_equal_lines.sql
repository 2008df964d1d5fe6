-- sales by month and category add up to the lines, to the last digit; products are rounded once
with

lines as (

    select
        coalesce(sum(gross_amount), 0) as gross_amount,
        coalesce(sum(net_amount), 0) as net_amount,
        count(*) as line_count
    from {{ ref('fct_order_lines') }}

),

sales as (

    select
        coalesce(sum(gross_amount), 0) as gross_amount,
        coalesce(sum(net_amount), 0) as net_amount,
        coalesce(sum(line_count), 0) as line_count,
        count(*) filter (where is_suppressed) as suppressed_count
    from {{ ref('rpt_sales') }}

),

products as (

    select
        coalesce(sum(gross_amount), 0) as gross_amount,
        coalesce(sum(net_amount), 0) as net_amount,
        count(*) as product_count
    from {{ ref('dim_products') }}

)

select *
from lines
cross join sales
cross join products
where
    sales.suppressed_count = 0
    and (
        lines.line_count != sales.line_count
        or lines.gross_amount != sales.gross_amount
        or lines.net_amount != sales.net_amount
    )
    or abs(lines.gross_amount - products.gross_amount) > 0.005 * (1 + products.product_count)
    or abs(lines.net_amount - products.net_amount) > 0.005 * (1 + products.product_count)
