with

listed as (

    select
        customers.as_of_date,
        customers.customer_index,
        rfm.rfm_group

    from {{ ref('int_listed_customers') }} as customers

    inner join {{ ref('fct_customer_rfm') }} as rfm
        on
            customers.as_of_date = rfm.as_of_date
            and customers.customer_id = rfm.customer_id

),

{{ popular_candidates('listed') }}

select * from scores
