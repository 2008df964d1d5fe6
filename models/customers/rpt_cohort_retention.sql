{%- set most_months = 600 -%}

with

orders as (

    select * from {{ ref('int_customer_order_days') }}

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

known_orders as (

    select
        orders.customer_id,
        orders.is_purchase,
        orders.net_amount,
        today.as_of_date,
        {{ add_months('orders.order_date', 0) }} as order_month,
        {{ add_months(add_days('today.as_of_date', -1), 0) }} as last_month,
        {{ add_months(
            'min(case when orders.is_purchase then orders.order_date end)'
            ~ ' over (partition by orders.customer_id)', 0
        ) }} as cohort_month

    from orders

    inner join today
        on orders.ordered_at < today.as_of_date

),

-- a return from before the first purchase belongs to the first month
months as (

    select
        cohort_month,
        greatest({{ dbt.datediff('cohort_month', 'order_month', 'month') }}, 0) as month_number,
        count(distinct customer_id) filter (where is_purchase) as customer_count,
        count(*) filter (where is_purchase) as order_count,
        sum(net_amount) as net_amount

    from known_orders

    where cohort_month is not null

    group by all

),

cohorts as (

    select
        cohort_month,
        as_of_date,
        {{ dbt.datediff('cohort_month', 'last_month', 'month') }} as last_month_number,
        count(distinct customer_id) as cohort_size

    from known_orders

    where cohort_month is not null

    group by all

),

month_numbers as (

    select generated_number - 1 as month_number
    from ({{ dbt.generate_series(most_months) }}) as numbers

),

-- every month of every cohort up to that of the last known day, also where nobody bought
triangle as (

    select
        cohorts.*,
        cast(month_numbers.month_number as int) as month_number,
        {{ add_months(
            'cohorts.cohort_month', 'cast(month_numbers.month_number as int)'
        ) }} as order_month

    from cohorts

    inner join month_numbers
        on month_numbers.month_number <= cohorts.last_month_number

),

final as (

    select
        triangle.cohort_month,
        triangle.month_number,
        triangle.order_month,
        {{ add_months('triangle.order_month', 1) }} <= triangle.as_of_date as is_complete,
        cast(triangle.cohort_size as bigint) as cohort_size,
        cast(coalesce(months.customer_count, 0) as bigint) as customer_count,
        {{ ratio('coalesce(months.customer_count, 0)', 'triangle.cohort_size') }} as retention_rate,
        cast(coalesce(months.order_count, 0) as bigint) as order_count,
        {{ total('coalesce(months.net_amount, 0)') }} as net_amount

    from triangle

    left join months
        on
            triangle.cohort_month = months.cohort_month
            and triangle.month_number = months.month_number

)

{{ without_small_cells(
    'final',
    counts=['customer_count', 'cohort_size'],
    keys=['cohort_month', 'month_number', 'order_month', 'is_complete']
) }}
