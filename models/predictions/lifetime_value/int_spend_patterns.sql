with

histories as (

    select * from {{ ref('int_purchase_histories') }}

),

patterns as (

    select
        as_of_date,
        repeat_count,
        repeat_amount,
        cast(count(*) as bigint) as customer_count
    from histories

    where
        repeat_count > 0
        and repeat_amount > 0

    group by
        as_of_date,
        repeat_count,
        repeat_amount

)

select * from patterns
