-- nothing said as of a day rests on that day or a later one: no purchase, no visit, and no line's
-- amount, which is looked at for the past dates that lists are scored on
with

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

backtests as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_backtest

),

lines as (

    select
        lines.customer_id,
        lines.ordered_at,
        lines.{{ var('monetary_measure') }}_amount as amount
    from {{ ref('fct_order_lines') }} as lines

    {%- if var('exclude_outliers') %}

    inner join {{ ref('int_orders') }} as orders
        on lines.order_id = orders.order_id

    where not orders.is_outlier
    {%- endif %}

),

amounts as (

    select
        backtests.as_of_date,
        lines.customer_id,
        sum(lines.amount) as amount

    from backtests

    inner join lines
        on lines.ordered_at < backtests.as_of_date

    group by
        backtests.as_of_date,
        lines.customer_id

),

wrong_amounts as (

    select
        rfm.as_of_date,
        rfm.customer_id

    from rfm

    inner join backtests
        on rfm.as_of_date = backtests.as_of_date

    left join amounts
        on
            rfm.as_of_date = amounts.as_of_date
            and rfm.customer_id = amounts.customer_id

    where coalesce(abs(rfm.monetary_amount - amounts.amount) > 0.005, true)

)

select
    as_of_date,
    customer_id
from rfm
where last_purchase_date >= as_of_date

union all

select
    as_of_date,
    customer_id
from {{ ref('fct_customer_behavior') }}
where
    last_visit_date >= as_of_date
    or tenure_days < 1

union all

select
    as_of_date,
    customer_id
from wrong_amounts
