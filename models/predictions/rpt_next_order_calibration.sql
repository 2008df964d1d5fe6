with

dates as (

    select * from {{ ref('int_prediction_dates') }}
    where
        task = 'next_order'
        and is_backtest

),

next_orders as (

    select * from {{ ref('int_next_orders') }}

),

samples as (

    select * from {{ ref('int_prediction_samples') }}

),

-- those whose interval ends within the window: all of it can be seen
due as (

    select
        next_orders.as_of_date,
        next_orders.customer_id,
        {{ group_of_gaps('next_orders.gap_count') }} as gap_group,
        {{ add_days('next_orders.as_of_date', 'samples.days_to_purchase') }} as purchase_date,
        next_orders.low_date,
        next_orders.high_date

    from next_orders

    inner join dates
        on next_orders.as_of_date = dates.as_of_date

    inner join samples
        on
            next_orders.as_of_date = samples.as_of_date
            and next_orders.customer_id = samples.customer_id

    where
        samples.has_purchased is not null
        and next_orders.high_date >= next_orders.as_of_date
        and {{ days_between('next_orders.as_of_date', 'next_orders.high_date') }}
        < {{ var('prediction_horizon_days') }}

),

final as (

    select
        as_of_date,
        gap_group,
        cast(count(*) as bigint) as due_customer_count,
        cast(count(*) filter (
            where purchase_date < low_date
        ) as bigint) as early_customer_count,
        cast(count(*) filter (
            where purchase_date >= low_date and purchase_date <= high_date
        ) as bigint) as inside_customer_count,
        cast(count(*) filter (
            where purchase_date > high_date
        ) as bigint) as late_customer_count,
        cast(count(*) filter (
            where purchase_date is null
        ) as bigint) as absent_customer_count
    from due

    group by
        as_of_date,
        gap_group

)

{{ without_small_cells(
    'final',
    counts=['due_customer_count'],
    keys=['as_of_date', 'gap_group'],
    totals=[['as_of_date']]
) }}
