with

campaign_contacts as (

    select * from {{ source('shop', 'campaign_contacts') }}

),

judged as (

    select
        *,
        case
            {{ reject_missing('campaign_id') }}
            {{ reject_missing('customer_id') }}
            {{ reject_missing('variant') }}
            {{ reject_invalid('contacted_at', 'timestamp') }}
        end as rejection_reason

    from campaign_contacts

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
        case when rejection_reason is not null then {{ raw_text('raw_row') }} end as raw_row

    from judged

)

select * from typed
