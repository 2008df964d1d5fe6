{%- set columns = [
    'product_id', 'product_name', 'category', 'brand', 'tags', 'description', 'list_price',
    'unit_cost', 'stock_quantity', 'lead_time_days', 'launched_at', 'attributes',
    'restricted_attributes'
] -%}

with

products as (

    select * from {{ source('shop', 'products') }}

),

judged_alone as (

    select
        *,
        case
            {{ reject_unreadable() }}
            {{ reject_missing('product_id') }}
        end as own_reason

    from products

),

-- of rows with the same key the last by date, then by content, stays
compared as (

    select
        *,
        row_number() over (
            partition by product_id, own_reason
            order by
                {{ cast_text('launched_at', 'timestamp') }} desc nulls last,
                {{ columns | join(' desc nulls last,\n                ') }} desc nulls last
        ) as key_position

    from judged_alone

),

judged as (

    select
        *,
        coalesce(
            own_reason, case when key_position > 1 then 'product_id is there already' end
        ) as rejection_reason

    from compared

),

typed as (

    select
        product_id,
        product_name,
        category,
        brand,
        tags,
        description,
        {{ cast_text('list_price', 'decimal(18, 4)') }} as list_price,
        {{ cast_text('unit_cost', 'decimal(18, 4)') }} as unit_cost,
        {{ cast_text('stock_quantity', 'decimal(18, 4)') }} as stock_quantity,
        {{ cast_text('lead_time_days', 'int') }} as lead_time_days,
        {{ cast_text('launched_at', 'timestamp') }} as launched_at,
        attributes,
        restricted_attributes,
        rejection_reason,
        key_position,
        case when rejection_reason is not null then {{ raw_row() }} end as raw_row

    from judged

)

select * from typed
