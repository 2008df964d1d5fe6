with

lines as (

    select * from {{ ref('fct_order_lines') }}

),

sales as (

    select
        cast(date_trunc('month', ordered_at) as date) as sales_month,
        coalesce(product_category, 'unknown') as product_category,
        cast(count(*) as bigint) as line_count,
        cast(count(distinct order_id) filter (where gross_amount > 0) as bigint) as order_count,
        cast(
            count(distinct customer_id) filter (where gross_amount > 0) as bigint
        ) as customer_count,
        cast(
            sum(case when quantity > 0 and not is_cancelled then quantity else 0 end)
            as decimal(18, 4)
        ) as unit_count,
        {{ money('sum(gross_amount)', 4) }} as gross_amount,
        {{ money('sum(discount_amount)', 4) }} as discount_amount,
        {{ money('sum(returned_amount)', 4) }} as returned_amount,
        {{ money('sum(net_amount)', 4) }} as net_amount

    from lines

    group by all

)

select * from sales
