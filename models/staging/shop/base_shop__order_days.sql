{#- A run of order days is ordinary when it is the first, or holds at least the square root of all
    orders: a season, or a shop that opened again, goes on; a few mistyped years do not. -#}
with

lines as (

    select * from {{ source('shop', 'order_lines') }}

),

order_dates as (

    select
        order_id,
        cast({{ cast_text('ordered_at', 'timestamp') }} as date) as order_date

    from lines

),

-- counted under a condition, since a filter would cast every time twice
counts as (

    select
        order_date,
        cast(count(distinct order_id) filter (
            where order_date >= '{{ var("min_order_date") }}'
        ) as bigint) as order_count

    from order_dates

    group by order_date

),

days as (

    select * from counts
    where order_count > 0

),

gaps as (

    select
        order_date,
        order_count,
        {{ days_between('lag(order_date) over (order by order_date)', 'order_date') }} as gap_days

    from days

),

runs as (

    select
        order_date,
        order_count,
        cast(sum(case when gap_days > {{ var('max_gap_days') }} then 1 else 0 end) over (
            order by order_date
        ) as bigint) as run_number

    from gaps

),

judged as (

    select
        order_date,
        order_count,
        run_number,
        run_number = 0
        or power(sum(order_count) over (partition by run_number), 2)
        >= sum(order_count) over () as is_ordinary

    from runs

)

select * from judged
