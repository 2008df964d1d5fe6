{{ config(materialized='view') }}

with

products as (

    select * from {{ ref('base_shop__products') }}

),

clean as (

    select
        product_id,
        product_name,
        category,
        brand,
        tags,
        description,
        list_price,
        unit_cost,
        stock_quantity,
        lead_time_days,
        launched_at,
        attributes,
        restricted_attributes

    from products

    where rejection_reason is null

)

select * from clean
