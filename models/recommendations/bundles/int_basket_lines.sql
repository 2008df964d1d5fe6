{{ config(materialized='view') }}

with

lines as (

    select * from {{ ref('fct_order_lines') }}
    where
        gross_amount > 0
        and not is_non_product

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

-- a basket is what one order holds, a guest's too
basket_lines as (

    select
        lines.order_id,
        lines.product_id

    from lines

    inner join today
        on lines.ordered_at < today.as_of_date

)

select * from basket_lines
