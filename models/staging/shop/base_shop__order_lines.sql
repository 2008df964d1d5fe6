{%- set columns = [
    'order_id', 'product_id', 'ordered_at', 'quantity', 'unit_price', 'line_amount', 'customer_id',
    'line_number', 'discount_amount', 'status', 'channel', 'country', 'payment_method',
    'promotion_code', 'product_name', 'product_category', 'is_fraud', 'attributes',
    'restricted_attributes'
] -%}

with

lines as (

    select * from {{ source('shop', 'order_lines') }}

),

-- some shops write discounts with a minus sign
file as (

    select
        max(order_date) filter (where is_ordinary) as last_ordinary_date,
        case
            when sum(negative_discount_count) > sum(positive_discount_count) then -1
            else 1
        end as discount_sign
    from {{ ref('base_shop__order_days') }}

),

-- each value is cast once: an expression within a `case` is computed wherever it stands
cast_lines as (

    select
        *,
        {{ cast_text('ordered_at', 'timestamp') }} as ordered_at_value,
        {{ cast_text('quantity', 'decimal(19, 4)') }} as quantity_value,
        {{ cast_text('unit_price', 'decimal(18, 8)') }} as unit_price_value,
        abs({{ cast_text('line_amount', 'decimal(18, 4)') }}) as line_amount_value,
        {{ cast_text('discount_amount', 'decimal(18, 4)') }} as discount_amount_value,
        {{ row_hash(columns) }} as content_hash

    from lines

),

amounts as (

    select
        *,
        coalesce(
            line_amount_value, {{ line_amount('quantity_value', 'unit_price_value') }}
        ) as amount

    from cast_lines

),

judged_alone as (

    select
        amounts.*,
        file.discount_sign,
        case
            {{ reject_unreadable() }}
            {{ reject_missing('order_id') }}
            {{ reject_missing('product_id') }}
            {{ reject_missing('ordered_at') }}
            when ordered_at_value is null then 'ordered_at is not a time'
            {{ reject_missing('quantity') }}
            when quantity_value is null then 'quantity is not a number'
            when line_amount is not null and line_amount_value is null
                then 'line_amount is not a number'
            when quantity_value = 0 and coalesce(line_amount_value, 0) = 0 then 'quantity is zero'
            when line_amount is null and unit_price is null then 'unit_price is missing'
            when
                line_amount is null
                and unit_price_value is null
                and coalesce(abs(try_cast(unit_price as double)) >= 'infinity', true)
                then 'unit_price is not a number'
            when
                abs(quantity_value) >= {{ largest_amount() }}
                or coalesce(amount >= {{ largest_amount() }}, true)
                then 'quantity times unit_price is too large'
            when line_amount is null and unit_price_value < 0 and quantity_value < 0
                then 'unit_price is below zero'
            when
                discount_amount_value >= {{ largest_amount() }}
                then 'discount_amount is too large'
            when
                ordered_at_value < '{{ var("min_order_date") }}'
                then 'ordered_at is before min_order_date'
            when
                cast(ordered_at_value as date)
                > file.last_ordinary_date
                then 'ordered_at is more than max_gap_days behind the other orders'
        end as own_reason

    from amounts

    cross join file

),

-- narrow, since comparing the lines of an order carries every column through a sort
typed as (

    select
        order_id,
        {{ cast_text('line_number', 'bigint') }} as line_number_value,
        line_number,
        product_id,
        customer_id,
        ordered_at_value as ordered_at,
        cast(ordered_at_value as date) as order_date,
        case
            when line_amount is null and unit_price_value < 0 then 'discount'
            when quantity_value > 0 then 'sale'
            else 'return'
        end as line_kind,
        quantity_value as quantity,
        case
            when line_amount_value is null then unit_price_value
            when quantity_value != 0
                then cast(line_amount_value / abs(quantity_value) as decimal(18, 8))
        end as unit_price,
        amount as line_amount,
        {{ not_negative('discount_sign * discount_amount_value') }} as discount_amount,
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
        case when own_reason is not null then {{ raw_row() }} end as raw_row

    from judged_alone

),

-- lines that are equal in every column of the shop have equal hashes
compared as (

    select
        *,
        bool_or(line_kind = 'sale' and line_amount > 0) over order_days as has_sale_that_day,
        cast(row_number() over equal_lines as bigint) as line_position,
        rank() over equal_lines as equal_lines_position,
        lead(line_number) over equal_lines as next_line_number

    from typed

    window
        order_days as (partition by order_id, own_reason, order_date),
        equal_lines as (
            partition by order_id, own_reason
            order by
                line_number_value nulls last,
                line_number nulls last,
                ordered_at nulls last,
                product_id nulls last,
                content_hash
        )

),

judged as (

    select
        *,
        case
            when own_reason is not null then own_reason
            when line_kind = 'discount' and not has_sale_that_day then 'unit_price is below zero'
            when line_number = next_line_number
                then 'order_id and line_number are there already'
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
        {{ customer_key('customer_id') }} as customer_id,
        ordered_at,
        line_kind,
        case when line_kind = 'discount' then 0 else quantity end as quantity,
        unit_price,
        line_amount,
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
