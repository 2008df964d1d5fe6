{{ config(materialized='view') }}

with

customers as (

    select * from {{ ref('base_shop__customers') }}

),

clean as (

    select
        customer_id,
        email,
        phone,
        full_name,
        gender,
        birth_date,
        age,
        occupation,
        income_amount,
        country,
        city,
        signed_up_at,
        acquisition_channel,
        has_marketing_consent,
        attributes,
        restricted_attributes

    from customers

    where rejection_reason is null

)

select * from clean
