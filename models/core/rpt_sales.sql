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
        {{ total('sum(gross_amount)') }} as gross_amount,
        {{ total('sum(discount_amount)') }} as discount_amount,
        {{ total('sum(returned_amount)') }} as returned_amount,
        {{ total('sum(net_amount)') }} as net_amount

    from lines

    group by all

)

{{ without_small_cells(
    'sales',
    counts=['customer_count'],
    keys=['sales_month', 'product_category'],
    totals=[['sales_month']]
) }}
