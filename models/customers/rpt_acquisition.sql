with

customers as (

    select
        customer_id,
        acquisition_channel
    from {{ ref('int_customers') }}

),

orders as (

    select * from {{ ref('int_customer_order_days') }}

),

costs as (

    select * from {{ ref('acquisition_costs') }}

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

firsts as (

    select
        orders.customer_id,
        coalesce(customers.acquisition_channel, 'unknown') as acquisition_channel,
        min(orders.order_date) as first_purchase_date,
        {{ add_months('min(orders.order_date)', 0) }} as cohort_month

    from orders

    inner join today
        on orders.ordered_at < today.as_of_date

    inner join customers
        on orders.customer_id = customers.customer_id

    where orders.is_purchase

    group by
        orders.customer_id,
        coalesce(customers.acquisition_channel, 'unknown')

),

-- what each brought by so many days after the first purchase, that day's own included
brought as (

    select
        firsts.customer_id,
        firsts.acquisition_channel,
        firsts.cohort_month
        {%- for days in outcome_days() %},
        coalesce(sum(orders.net_amount) filter (
            where orders.order_date < {{ add_days('firsts.first_purchase_date', days) }}
        ), 0) as net_amount_{{ days }}_days
        {%- endfor %}

    from firsts

    cross join today

    inner join orders
        on
            firsts.customer_id = orders.customer_id
            and firsts.first_purchase_date <= orders.order_date
            and orders.ordered_at < today.as_of_date

    group by
        firsts.customer_id,
        firsts.acquisition_channel,
        firsts.cohort_month

),

cohorts as (

    select
        acquisition_channel,
        cohort_month,
        count(*) as customer_count
        {%- for days in outcome_days() %},
        sum(net_amount_{{ days }}_days) as net_amount_{{ days }}_days
        {%- endfor %}
    from brought

    group by
        acquisition_channel,
        cohort_month

),

-- a cohort's amounts are told when the days of its last customer are over
final as (

    select
        cohorts.acquisition_channel,
        cohorts.cohort_month,
        cohorts.customer_count,
        costs.cost_amount,
        {{ mean_amount('costs.cost_amount', 'cohorts.customer_count', 4) }} as cost_per_customer
        {%- for days in outcome_days() %},
        {{ add_days(add_months('cohorts.cohort_month', 1), days) }} <= today.as_of_date
            as is_complete_{{ days }}_days,
        {{ mean_amount('cohorts.net_amount_' ~ days ~ '_days', 'cohorts.customer_count', 4) }}
            as net_per_customer_{{ days }}_days
        {%- endfor %}

    from cohorts

    cross join today

    left join costs
        on
            cohorts.acquisition_channel = costs.acquisition_channel
            and cohorts.cohort_month = costs.cohort_month

)

{{ without_small_cells(
    'final',
    counts=['customer_count'],
    keys=['acquisition_channel', 'cohort_month'],
    totals=[['cohort_month']]
) }}
