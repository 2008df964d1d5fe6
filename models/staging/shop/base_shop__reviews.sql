{%- set columns = [
    'review_id', 'rating', 'reviewed_at', 'customer_id', 'product_id', 'order_id', 'review_text',
    'attributes', 'restricted_attributes'
] -%}

with

reviews as (

    select * from {{ source('shop', 'reviews') }}

),

judged_alone as (

    select
        *,
        case
            {{ reject_unreadable() }}
            {{ reject_missing('review_id') }}
            when
                rating is not null and {{ cast_text('rating', 'decimal(18, 4)') }} is null
                then 'rating is not a number'
            when
                {{ cast_text('rating', 'decimal(18, 4)') }} not between 1 and 5
                then 'rating is not from 1 to 5'
        end as own_reason

    from reviews

),

-- of rows with the same key the last by date, then by content, stays
compared as (

    select
        *,
        row_number() over (
            partition by review_id, own_reason
            order by
                {{ cast_text('reviewed_at', 'timestamp') }} desc nulls last,
                {{ columns | join(' desc nulls last,\n                ') }} desc nulls last
        ) as key_position

    from judged_alone

),

judged as (

    select
        *,
        coalesce(
            own_reason, case when key_position > 1 then 'review_id is there already' end
        ) as rejection_reason

    from compared

),

typed as (

    select
        review_id,
        {{ cast_text('rating', 'decimal(18, 4)') }} as rating,
        {{ cast_text('reviewed_at', 'timestamp') }} as reviewed_at,
        {{ customer_key('customer_id') }} as customer_id,
        product_id,
        order_id,
        review_text,
        attributes,
        restricted_attributes,
        rejection_reason,
        key_position,
        case when rejection_reason is not null then {{ raw_row() }} end as raw_row

    from judged

)

select * from typed
