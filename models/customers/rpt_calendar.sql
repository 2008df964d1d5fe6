with

orders as (

    select * from {{ ref('int_orders') }}
    where is_purchase

),

sessions as (

    select * from {{ ref('int_sessions') }}
    where is_visit

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

hours as (

    select generated_number - 1 as hour_number
    from ({{ dbt.generate_series(24) }}) as numbers

),

weekdays as (

    {% for weekday in weekdays() -%}
    select
        {{ loop.index }} as weekday_number,
        '{{ weekday }}' as weekday
    {{ 'union all' if not loop.last }}

    {% endfor %}
),

happened as (

    select
        orders.ordered_at as happened_at,
        coalesce(orders.customer_id, 'order ' || orders.order_id) as customer_key,
        cast(null as string) as visitor_key,
        1 as purchase_count,
        orders.net_amount,
        0 as visit_count

    from orders

    inner join today
        on orders.ordered_at < today.as_of_date

    union all

    select
        sessions.started_at as happened_at,
        cast(null as string) as customer_key,
        {{ visitor_key('sessions') }} as visitor_key,
        0 as purchase_count,
        cast(0 as decimal(18, 4)) as net_amount,
        1 as visit_count

    from sessions

    inner join today
        on sessions.started_at < today.as_of_date

),

counted as (

    select
        -- 1900-01-01 was a Monday
        {{ days_between("cast('1900-01-01' as date)", 'cast(happened_at as date)') }}
        % 7 + 1 as weekday_number,
        extract(hour from happened_at) as hour_number,
        sum(purchase_count) as purchase_count,
        sum(net_amount) as net_amount,
        sum(visit_count) as visit_count,
        count(distinct customer_key) as customer_count,
        count(distinct visitor_key) as visitor_count
    from happened

    group by
        {{ days_between("cast('1900-01-01' as date)", 'cast(happened_at as date)') }} % 7 + 1,
        extract(hour from happened_at)

),

-- every hour of the week, also without a purchase
final as (

    select
        cast(weekdays.weekday_number as int) as weekday_number,
        weekdays.weekday,
        cast(hours.hour_number as int) as hour_number,
        cast(coalesce(counted.purchase_count, 0) as bigint) as purchase_count,
        {{ total('coalesce(counted.net_amount, 0)') }} as net_amount,
        cast(coalesce(counted.customer_count, 0) as bigint) as customer_count,
        cast(coalesce(counted.visit_count, 0) as bigint) as visit_count,
        cast(coalesce(counted.visitor_count, 0) as bigint) as visitor_count

    from weekdays

    cross join hours

    left join counted
        on
            weekdays.weekday_number = counted.weekday_number
            and hours.hour_number = counted.hour_number

)

{{ without_small_cells(
    'final',
    counts=['purchase_count', 'customer_count', 'visitor_count'],
    keys=['weekday_number', 'weekday', 'hour_number'],
    totals=[[]]
) }}
