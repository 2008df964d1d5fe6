{%- set columns = [
    'order_id', 'product_id', 'ordered_at', 'quantity', 'unit_price', 'customer_id', 'line_number',
    'discount_amount', 'status', 'channel', 'country', 'payment_method', 'promotion_code',
    'product_name', 'product_category', 'is_fraud', 'attributes', 'restricted_attributes'
] -%}

with

lines as (

    select * from {{ source('shop', 'order_lines') }}

),

last_ordinary_day as (

    select max(order_date) as order_date
    from {{ ref('base_shop__order_days') }}
    where is_ordinary

),

-- each value is cast once: an expression within a `case` is computed wherever it stands
cast_lines as (

    select
        *,
        {{ cast_text('ordered_at', 'timestamp') }} as ordered_at_value,
        {{ cast_text('quantity', 'decimal(18, 4)') }} as quantity_value,
        {{ cast_text('unit_price', 'decimal(18, 4)') }} as unit_price_value,
        {{ cast_text('discount_amount', 'decimal(18, 4)') }} as discount_amount_value,
        {{ row_hash(columns) }} as content_hash

    from lines

),

judged_alone as (

    select
        cast_lines.*,
        case
            {{ reject_missing('order_id') }}
            {{ reject_missing('product_id') }}
            {{ reject_missing('ordered_at') }}
            when ordered_at_value is null then 'ordered_at is not a time'
            {{ reject_missing('quantity') }}
            when quantity_value is null then 'quantity is not a number'
            {{ reject_missing('unit_price') }}
            when unit_price_value is null then 'unit_price is not a number'
            when quantity_value = 0 then 'quantity is zero'
            when unit_price_value < 0 then 'unit_price is below zero'
            when
                abs(quantity_value) >= {{ largest_amount() }}
                or {{ line_product('quantity_value', 'unit_price_value') }}
                >= {{ largest_amount() }}
                then 'quantity times unit_price is too large'
            when
                discount_amount_value >= {{ largest_amount() }}
                then 'discount_amount is too large'
            when
                ordered_at_value < '{{ var("min_order_date") }}'
                then 'ordered_at is before min_order_date'
            when
                cast(ordered_at_value as date)
                > last_ordinary_day.order_date
                then 'ordered_at is more than max_gap_days behind the other orders'
        end as own_reason

    from cast_lines

    cross join last_ordinary_day

),

-- narrow, since comparing the lines of an order carries every column through a sort
typed as (

    select
        order_id,
        {{ cast_text('line_number', 'int') }} as line_number,
        product_id,
        customer_id,
        ordered_at_value as ordered_at,
        quantity_value as quantity,
        unit_price_value as unit_price,
        {{ not_negative('discount_amount_value') }} as discount_amount,
        lower(status) as status,
        channel,
        country,
        payment_method,
        promotion_code,
        product_name,
        product_category,
        {{ cast_text('is_fraud', 'boolean') }} as is_fraud,
        attributes,
        restricted_attributes,
        content_hash,
        own_reason,
        case when own_reason is not null then {{ raw_text('raw_row') }} end as raw_row

    from judged_alone

),

-- lines that are equal in every column of the shop have equal hashes
compared as (

    select
        *,
        min(customer_id) over order_lines as first_customer_id,
        max(customer_id) over order_lines as last_customer_id,
        row_number() over equal_lines as line_position,
        rank() over equal_lines as equal_lines_position

    from typed

    window
        order_lines as (partition by order_id, own_reason),
        equal_lines as (
            partition by order_id, own_reason
            order by line_number nulls last, product_id nulls last, content_hash
        )

),

judged as (

    select
        *,
        case
            when own_reason is not null then own_reason
            when first_customer_id != last_customer_id then 'order has two customers'
            {%- if not var('keep_duplicate_lines') %}
            when line_position > equal_lines_position then 'line is there already'
            {%- endif %}
        end as rejection_reason

    from compared

),

final as (

    select
        order_id,
        line_position as line_number,
        product_id,
        {{ customer_key('first_customer_id') }} as customer_id,
        ordered_at,
        quantity,
        unit_price,
        discount_amount,
        status,
        channel,
        country,
        payment_method,
        promotion_code,
        product_name,
        product_category,
        is_fraud,
        attributes,
        restricted_attributes,
        rejection_reason,
        case
            when rejection_reason is not null then coalesce(raw_row, {{ json_row(columns) }})
        end as raw_row

    from judged

)

select * from final
