with

lines as (

    select
        *,
        gross_amount + cancelled_amount as line_amount
    from {{ ref('fct_order_lines') }}

    where
        quantity > 0
        and gross_amount + cancelled_amount > 0

),

order_starts as (

    select
        order_id,
        min(ordered_at) as placed_at
    from {{ ref('fct_order_lines') }}

    where
        quantity > 0
        and gross_amount + cancelled_amount > 0

    group by order_id

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

-- what is added on a later day was not known when the order was placed
final as (

    select
        lines.order_id,
        lines.line_number,
        lines.customer_id,
        lines.product_id,
        order_starts.placed_at,
        lines.quantity,
        lines.line_amount,
        {{ log_amount('lines.quantity') }} as log_quantity,
        cast(ln(lines.line_amount / cast(lines.quantity as double)) as decimal(12, 6)) as log_price,
        lines.country,
        lines.payment_method

    from lines

    inner join order_starts
        on
            lines.order_id = order_starts.order_id
            and cast(lines.ordered_at as date) = cast(order_starts.placed_at as date)

    inner join today
        on order_starts.placed_at < today.as_of_date

)

select * from final
