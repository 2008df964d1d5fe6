{#- The share as the first of the sixteen to the eighth hexadecimal numbers that are beyond it. -#}
{%- set control_below = '%08x' | format((var('control_share') * 16 ** 8) | int) -%}

with

actions as (

    select * from {{ ref('fct_marketing_actions') }}
    where is_within_budget

),

-- drawn by a hash of audience and customer, so that who is in the control group stays in it
drawn as (

    select
        *,
        substr(md5(action || chr(31) || customer_id), 1, 8) < '{{ control_below }}' as is_control
    from actions

),

final as (

    select
        as_of_date,
        action as audience,
        customer_id,
        case when is_control then 'control' else 'contact' end as arm,
        priority,
        channel,
        offer,
        reason,
        first_product_id,
        second_product_id,
        third_product_id,
        expected_value
    from drawn

)

select * from final
