{#- A view, since nothing reads it but people: publishing makes it a table, once. -#}
{{ config(materialized='view') }}

with

orders as (

    select * from {{ ref('int_orders') }}

),

final as (

    select
        order_id,
        customer_id,
        ordered_at,
        order_date,
        last_changed_at,
        customer_id is null as is_guest,
        is_purchase,
        is_cancelled,
        is_outlier,
        is_fraud,
        case
            when is_purchase and customer_id is not null then
                cast(row_number() over (
                    partition by customer_id, is_purchase order by ordered_at, order_id
                ) as bigint)
        end as purchase_number,
        line_count,
        product_count,
        unit_count,
        {{ money('gross_amount') }} as gross_amount,
        {{ money('discount_amount') }} as discount_amount,
        {{ money('returned_amount') }} as returned_amount,
        {{ money('net_amount') }} as net_amount,
        {{ money('cancelled_amount') }} as cancelled_amount,
        status,
        channel,
        country,
        payment_method,
        promotion_code

    from orders

)

select * from final
