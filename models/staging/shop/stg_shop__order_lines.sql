{{ config(materialized='view') }}

with

order_lines as (

    select * from {{ ref('base_shop__order_lines') }}

),

clean as (

    select
        order_id,
        line_number,
        product_id,
        {%- if has_erasures() %}
        nullif(customer_id, {{ erased_customer() }}) as customer_id,
        coalesce(customer_id = {{ erased_customer() }}, false) as is_erased,
        {%- else %}
        customer_id,
        false as is_erased,
        {%- endif %}
        ordered_at,
        line_kind,
        quantity,
        unit_price,
        line_amount,
        discount_amount,
        status,
        channel,
        country,
        payment_method,
        promotion_code,
        product_name,
        product_category,
        is_fraud,
        attributes,
        restricted_attributes

    from order_lines

    where rejection_reason is null

)

select * from clean
