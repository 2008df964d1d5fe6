with

dates as (

    select distinct as_of_date from {{ ref('int_prediction_dates') }}
    where
        task in ({{ customer_tasks() }})
        and is_backtest

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

    select
        as_of_date,
        customer_id,
        {{ new_or_old('as_of_date', 'first_purchase_date') }} as slice
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
