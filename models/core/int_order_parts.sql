with

lines as (

    select
        order_id,
        line_number,
        {{ customer_or_erased() }} as customer_id,
        ordered_at,
        line_kind
    from {{ ref('stg_shop__order_lines') }}

),

-- an order whose lines say different things; most have one customer, and are bought in one go
unclear_orders as (

    select order_id

    from {{ ref('stg_shop__order_lines') }}

    group by order_id

    having
        min({{ customer_or_erased() }}) != max({{ customer_or_erased() }})
        or count({{ customer_or_erased() }}) between 1 and count(*) - 1
        or {{ days_between(
            'min(cast(ordered_at as date))', 'max(cast(ordered_at as date))'
        ) }} > {{ var('order_span_days') }}

),

unclear_lines as (

    select
        lines.order_id,
        lines.line_number,
        lines.customer_id as own_customer_id,
        lines.ordered_at,
        cast(lines.ordered_at as date) as order_date,
        lines.line_kind = 'return' as is_return,
        coalesce(
            lines.customer_id,
            min(lines.customer_id) over (
                partition by lines.order_id, cast(lines.ordered_at as date)
            )
        ) as customer_of_the_day

    from lines

    inner join unclear_orders
        on lines.order_id = unclear_orders.order_id

),

-- a return without a customer is that of the last one who bought on the number
with_customers as (

    select
        *,
        case
            when customer_of_the_day is null and is_return then
                {{ last_not_null('customer_of_the_day') }} over (
                    partition by order_id
                    order by ordered_at, line_number
                    rows between unbounded preceding and current row
                )
            else customer_of_the_day
        end as customer_id

    from unclear_lines

),

with_previous as (

    select
        *,
        max(case when not is_return then order_date end) over (
            partition by order_id, customer_id
            order by ordered_at, is_return, line_number
            rows between unbounded preceding and 1 preceding
        ) as previous_purchase_date

    from with_customers

),

-- a return stays with the customer's latest purchase on the number
with_runs as (

    select
        *,
        sum(case
            when
                not is_return
                and {{ days_between('previous_purchase_date', 'order_date') }}
                > {{ var('order_span_days') }}
                then 1
            else 0
        end) over (
            partition by order_id, customer_id
            order by ordered_at, is_return, line_number
            rows between unbounded preceding and current row
        ) as run_number

    from with_previous

),

with_starts as (

    select
        *,
        min(ordered_at) over (partition by order_id, customer_id, run_number) as started_at

    from with_runs

),

final as (

    select
        order_id,
        line_number,
        {%- if has_erasures() %}
        nullif(customer_id, {{ erased_customer() }}) as customer_id,
        {%- else %}
        customer_id,
        {%- endif %}
        own_customer_id is null and customer_id is not null as is_customer_taken,
        run_number > 0 as is_later_purchase,
        cast(dense_rank() over (
            partition by order_id
            order by started_at, customer_id nulls last, run_number
        ) as int) as part_number

    from with_starts

)

select * from final
