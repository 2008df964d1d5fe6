{{ config(materialized='view') }}

with

campaign_contacts as (

    select * from {{ ref('base_shop__campaign_contacts') }}

),

clean as (

    select
        campaign_id,
        customer_id,
        variant,
        contacted_at,
        channel,
        offer,
        has_visited,
        has_converted,
        spend_amount,
        attributes,
        restricted_attributes

    from campaign_contacts

    where rejection_reason is null

)

select * from clean
