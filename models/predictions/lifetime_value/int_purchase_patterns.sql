with

histories as (

    select * from {{ ref('int_purchase_histories') }}

),

patterns as (

    select
        as_of_date,
        repeat_count,
        active_days,
        age_days,
        cast(count(*) as bigint) as customer_count
    from histories

    group by
        as_of_date,
        repeat_count,
        active_days,
        age_days

)

select * from patterns
