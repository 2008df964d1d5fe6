{{ config(materialized='view') }}

with

customers as (

    select * from {{ ref('int_customers') }}

),

-- where the shop does not say, nobody has consented, unless assume_consent says so
contactable as (

    select customer_id
    from customers

    where coalesce(has_marketing_consent, {{ var('assume_consent') | string | lower }})

)

select * from contactable
