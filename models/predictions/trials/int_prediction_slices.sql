with

dates as (

    select distinct as_of_date from {{ ref('int_prediction_dates') }}
    where is_backtest

),

rfm as (

    select rfm.*

    from {{ ref('fct_customer_rfm') }} as rfm

    inner join dates
        on rfm.as_of_date = dates.as_of_date

),

customers as (

    select * from {{ ref('int_customers') }}

),

slices as (

    select
        as_of_date,
        customer_id,
        'all customers' as slice
    from rfm

    union all

    select
        as_of_date,
        customer_id,
        'rfm_group: ' || rfm_group as slice
    from rfm

    union all

    -- new customers: those whose first purchase is no further back than the horizon is long
    select
        as_of_date,
        customer_id,
        case
            when
                first_purchase_date
                >= {{ add_days('as_of_date', -var('prediction_horizon_days')) }}
                then 'customers: new'
            else 'customers: old'
        end as slice
    from rfm

    union all

    select
        rfm.as_of_date,
        rfm.customer_id,
        'country: ' || customers.country as slice

    from rfm

    inner join customers
        on rfm.customer_id = customers.customer_id

    where customers.country is not null

)

select * from slices
