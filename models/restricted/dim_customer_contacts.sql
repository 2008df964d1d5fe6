with

customers as (

    select * from {{ ref('stg_shop__customers') }}

),

final as (

    select
        customer_id,
        email,
        phone,
        full_name,
        birth_date,
        restricted_attributes

    from customers

)

select * from final
