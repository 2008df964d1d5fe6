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

judged_alone as (

    select
        lines.*,
        case
            {{ reject_missing('order_id') }}
            {{ reject_missing('product_id') }}
            {{ reject_invalid('ordered_at', 'timestamp') }}
            {{ reject_invalid('quantity', 'decimal(18, 4)') }}
            {{ reject_invalid('unit_price', 'decimal(18, 4)') }}
            when {{ cast_text('quantity', 'decimal(18, 4)') }} = 0 then 'quantity is zero'
            when {{ cast_text('unit_price', 'decimal(18, 4)') }} < 0 then 'unit_price is below zero'
            when
                {{ line_amount(
                    cast_text('quantity', 'decimal(18, 4)'),
                    cast_text('unit_price', 'decimal(18, 4)'),
                    'try_cast'
                ) }} is null
                then 'quantity times unit_price is too large'
            when
                {{ cast_text('ordered_at', 'timestamp') }} < '{{ var("min_order_date") }}'
                then 'ordered_at is before min_order_date'
            when
                cast({{ cast_text('ordered_at', 'timestamp') }} as date)
                > last_ordinary_day.order_date
                then 'ordered_at is more than max_gap_days behind the other orders'
        end as own_reason

    from lines

    cross join last_ordinary_day

),

-- the shop's own row is kept for rejected lines alone
compared as (

    select
        {{ columns | join(',\n        ') }},
        own_reason,
        case when own_reason is not null then raw_row end as raw_row,
        min(customer_id) over order_lines as first_customer_id,
        max(customer_id) over order_lines as last_customer_id,
        row_number() over equal_lines as line_position,
        rank() over equal_lines as equal_lines_position

    from judged_alone

    window
        order_lines as (partition by order_id, own_reason),
        equal_lines as (
            partition by order_id, own_reason
            order by
                {{ cast_text('line_number', 'int') }} nulls last,
                {{ columns | join(' nulls last,\n                ') }} nulls last
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

typed as (

    select
        order_id,
        line_position as line_number,
        product_id,
        {{ customer_key('first_customer_id') }} as customer_id,
        {{ cast_text('ordered_at', 'timestamp') }} as ordered_at,
        {{ cast_text('quantity', 'decimal(18, 4)') }} as quantity,
        {{ cast_text('unit_price', 'decimal(18, 4)') }} as unit_price,
        {{ not_negative(cast_text('discount_amount', 'decimal(18, 4)')) }} as discount_amount,
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
        rejection_reason,
        case
            when rejection_reason is not null then coalesce(raw_row, {{ json_row(columns) }})
        end as raw_row

    from judged

)

select * from typed
