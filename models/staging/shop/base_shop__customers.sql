{%- set columns = [
    'customer_id', 'email', 'phone', 'full_name', 'gender', 'birth_date', 'age', 'occupation',
    'income_amount', 'country', 'city', 'signed_up_at', 'acquisition_channel',
    'has_marketing_consent', 'attributes', 'restricted_attributes'
] -%}

with

customers as (

    select * from {{ source('shop', 'customers') }}

),

judged_alone as (

    select
        *,
        case
            {{ reject_unreadable() }}
            {{ reject_missing('customer_id') }}
        end as own_reason

    from customers

),

-- of rows with the same key the last by date, then by content, stays
compared as (

    select
        *,
        row_number() over (
            partition by customer_id, own_reason
            order by
                {{ cast_text('signed_up_at', 'timestamp') }} desc nulls last,
                {{ columns | join(' desc nulls last,\n                ') }} desc nulls last
        ) as key_position

    from judged_alone

),

judged as (

    select
        *,
        coalesce(
            own_reason, case when key_position > 1 then 'customer_id is there already' end
        ) as rejection_reason

    from compared

),

typed as (

    select
        {{ customer_key('customer_id') }} as customer_id,
        email,
        phone,
        full_name,
        gender,
        {{ cast_text('birth_date', 'date') }} as birth_date,
        {{ cast_text('age', 'int') }} as age,
        occupation,
        {{ cast_text('income_amount', 'decimal(18, 2)') }} as income_amount,
        country,
        city,
        {{ cast_text('signed_up_at', 'timestamp') }} as signed_up_at,
        acquisition_channel,
        {{ cast_text('has_marketing_consent', 'boolean') }} as has_marketing_consent,
        attributes,
        restricted_attributes,
        rejection_reason,
        key_position,
        case when rejection_reason is not null then {{ raw_row() }} end as raw_row

    from judged

)

select * from typed
