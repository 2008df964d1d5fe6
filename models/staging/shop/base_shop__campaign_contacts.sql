{%- set columns = [
    'campaign_id', 'customer_id', 'variant', 'contacted_at', 'channel', 'offer', 'has_visited',
    'has_converted', 'spend_amount', 'attributes', 'restricted_attributes'
] -%}

with

campaign_contacts as (

    select * from {{ source('shop', 'campaign_contacts') }}

),

judged_alone as (

    select
        *,
        case
            {{ reject_unreadable() }}
            {{ reject_missing('campaign_id') }}
            {{ reject_missing('customer_id') }}
            {{ reject_missing('variant') }}
            {{ reject_invalid('contacted_at', 'timestamp') }}
        end as own_reason

    from campaign_contacts

),

-- of rows with the same key the last by date, then by content, stays
compared as (

    select
        *,
        row_number() over (
            partition by campaign_id, customer_id, variant, own_reason
            order by
                {{ cast_text('contacted_at', 'timestamp') }} desc nulls last,
                {{ columns | join(' desc nulls last,\n                ') }} desc nulls last
        ) as key_position

    from judged_alone

),

judged as (

    select
        *,
        coalesce(
            own_reason,
            case
                when key_position > 1
                    then 'campaign_id, customer_id and variant are there already'
            end
        ) as rejection_reason

    from compared

),

typed as (

    select
        campaign_id,
        {{ customer_key('customer_id') }} as customer_id,
        variant,
        {{ cast_text('contacted_at', 'timestamp') }} as contacted_at,
        channel,
        offer,
        {{ cast_text('has_visited', 'boolean') }} as has_visited,
        {{ cast_text('has_converted', 'boolean') }} as has_converted,
        {{ cast_text('spend_amount', 'decimal(18, 2)') }} as spend_amount,
        attributes,
        restricted_attributes,
        rejection_reason,
        key_position,
        case when rejection_reason is not null then {{ raw_row() }} end as raw_row

    from judged

)

select * from typed
