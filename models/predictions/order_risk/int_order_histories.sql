{%- set sums = [
    {'name': 'order_count', 'value': '1'},
    {'name': 'log_amount_sum', 'value': 'log_amount'},
    {'name': 'log_amount_square_sum',
     'value': 'cast(log_amount * log_amount as decimal(18, 9))'},
    {'name': 'line_count', 'value': 'line_count'},
    {'name': 'log_quantity_sum', 'value': 'log_quantity_sum'},
    {'name': 'log_quantity_square_sum', 'value': 'log_quantity_square_sum'}
] -%}

with

orders as (

    select * from {{ ref('int_placed_orders') }}

),

visits as (

    select
        customer_id,
        occurred_at,
        cast(occurred_at as date) as visit_date
    from {{ ref('int_events') }}

    where
        is_visit
        and customer_id is not null
        -- who it was is known by the end of the day
        and cast(known_at as date) = cast(occurred_at as date)

),

-- what customers do is known of from the second day of the log to its last
visit_log as (

    select
        min(visit_date) as first_date,
        max(visit_date) as last_date
    from visits

),

visit_days as (

    select
        customer_id,
        visit_date,
        min(occurred_at) as first_visit_at
    from visits

    group by
        customer_id,
        visit_date

),

-- an order without a time is placed at the end of its day
visits_and_orders as (

    select
        customer_id,
        first_visit_at as happened_at,
        visit_date,
        cast(null as string) as order_id
    from visit_days

    union all

    select
        customer_id,
        case
            when has_time then placed_at
            else cast({{ add_days('order_date', 1) }} as timestamp)
        end as happened_at,
        cast(null as date) as visit_date,
        order_id
    from orders

    where
        customer_id is not null
        and order_date <= (select last_date from visit_log)

),

last_visits as (

    select
        order_id,
        max(visit_date) over (
            partition by customer_id
            order by happened_at
            range between unbounded preceding and current row
        ) as last_visit_date
    from visits_and_orders

),

order_visits as (

    select
        last_visits.order_id,
        last_visits.last_visit_date,
        visit_log.first_date as visit_log_date

    from last_visits

    cross join visit_log

    where last_visits.order_id is not null

),

-- orders of one time do not know of each other
customers as (

    select
        order_id,
        {%- for sum in sums %}
        sum({{ sum.value }}) over before as {{ sum.name }},
        {%- endfor %}
        case when has_time then count(case when has_time then 1 end) over last_hour - 1 end
        as hour_order_count,
        count(payment_method) over before as payment_method_count,
        count(country) over before as country_count
    from orders

    where customer_id is not null

    window
        before as (
            partition by customer_id order by placed_at
            range between unbounded preceding and interval 1 microsecond preceding
        ),
        last_hour as (
            partition by customer_id order by placed_at
            range between interval 1 hour preceding and current row
        )

),

{% for column in ['payment_method', 'country'] -%}
first_{{ column }}s as (

    select
        customer_id,
        {{ column }},
        min(placed_at) as first_placed_at
    from orders

    where {{ column }} is not null

    group by
        customer_id,
        {{ column }}

),

{% endfor -%}
days as (

    select
        order_date,
        {%- for sum in sums %}
        sum({{ sum.value }}) as {{ sum.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from orders

    group by order_date

),

shop as (

    select
        order_date,
        {%- for sum in sums %}
        sum({{ sum.name }}) over before as {{ sum.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from days

    window before as (
        order by order_date
        rows between unbounded preceding and 1 preceding
    )

),

final as (

    select
        orders.order_id,
        {%- for sum in sums %}
        cast(coalesce(customers.{{ sum.name }}, 0) as {{
            'bigint' if sum.name.endswith('_count') else 'decimal(38, 9)'
        }}) as customer_{{ sum.name }},
        cast(coalesce(shop.{{ sum.name }}, 0) as {{
            'bigint' if sum.name.endswith('_count') else 'decimal(38, 9)'
        }}) as shop_{{ sum.name }},
        {%- endfor %}
        cast(coalesce(customers.hour_order_count, 0) as bigint) as hour_order_count,
        {%- for column in ['payment_method', 'country'] %}
        cast(case
            when first_{{ column }}s.first_placed_at = orders.placed_at
                then coalesce(customers.{{ column }}_count, 0)
            else 0
        end as bigint) as orders_before_new_{{ column }},
        {%- endfor %}
        case
            when order_visits.visit_log_date < orders.order_date
                then {{ days_between(
                    'coalesce(order_visits.last_visit_date, order_visits.visit_log_date)',
                    'orders.order_date'
                ) }}
        end as days_without_visit,
        order_visits.last_visit_date

    from orders

    left join customers
        on orders.order_id = customers.order_id

    inner join shop
        on orders.order_date = shop.order_date

    {%- for column in ['payment_method', 'country'] %}

    left join first_{{ column }}s
        on
            orders.customer_id = first_{{ column }}s.customer_id
            and orders.{{ column }} = first_{{ column }}s.{{ column }}
    {%- endfor %}

    left join order_visits
        on orders.order_id = order_visits.order_id

)

select * from final
