with

lines as (

    select * from {{ ref('int_placed_lines') }}

),

final as (

    select
        order_id,
        min(customer_id) as customer_id,
        min(placed_at) as placed_at,
        cast(min(placed_at) as date) as order_date,
        -- an order at midnight to the second has a date and no time
        min(placed_at) > cast(cast(min(placed_at) as date) as timestamp) as has_time,
        cast(count(*) as bigint) as line_count,
        cast(sum(quantity) as decimal(18, 4)) as unit_count,
        cast(sum(line_amount) as decimal(18, 4)) as order_amount,
        max(line_amount) as largest_line_amount,
        max(quantity) as largest_quantity,
        {{ log_amount('sum(line_amount)') }} as log_amount,
        cast(sum(log_quantity) as decimal(28, 6)) as log_quantity_sum,
        cast(sum(cast(log_quantity * log_quantity as decimal(18, 9))) as decimal(28, 9))
        as log_quantity_square_sum,
        min(country) as country,
        min(payment_method) as payment_method
    from lines

    group by order_id

)

select * from final
