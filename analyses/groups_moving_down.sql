-- Which groups moved down since last month, and what revenue is at stake?
{%- set fewest_days = 28 %}
{%- set year_days = 365 %}
with

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

lines as (

    select * from {{ ref('fct_order_lines') }}

),

spend as (

    select * from {{ ref('fct_customer_spend_forecast') }}
    where is_current

),

customers_today as (

    select * from rfm
    where is_current

),

today as (

    select distinct as_of_date from customers_today

),

-- the latest first of a month that lies four weeks back: on the 3rd two days would tell nothing
from_dates as (

    select max(rfm.as_of_date) as from_date

    from rfm

    inner join today
        on rfm.as_of_date <= {{ add_days('today.as_of_date', -fewest_days) }}

    where rfm.as_of_date = date_trunc('month', rfm.as_of_date)

),

customers_before as (

    select rfm.*

    from rfm

    inner join from_dates
        on rfm.as_of_date = from_dates.from_date

),

moved as (

    select
        customers_before.as_of_date as from_date,
        customers_today.as_of_date as to_date,
        customers_today.customer_id,
        customers_before.rfm_group as from_group,
        customers_today.rfm_group as to_group

    from customers_today

    inner join customers_before
        on customers_today.customer_id = customers_before.customer_id

    where
        customers_today.rfm_group != customers_before.rfm_group
        and customers_today.recency_score + customers_today.fm_score
        < customers_before.recency_score + customers_before.fm_score

),

year_amounts as (

    select
        moved.customer_id,
        sum(lines.net_amount) as net_amount

    from moved

    inner join lines
        on
            moved.customer_id = lines.customer_id
            and lines.ordered_at < moved.from_date
            and lines.ordered_at >= {{ add_days('moved.from_date', -year_days) }}

    group by moved.customer_id

),

from_groups as (

    select
        rfm_group,
        count(*) as customer_count
    from customers_before

    group by rfm_group

),

moves as (

    select
        moved.from_date,
        moved.to_date,
        moved.from_group,
        moved.to_group,
        count(*) as customer_count,
        coalesce(sum(year_amounts.net_amount), 0) as net_amount,
        sum(spend.expected_spend_amount) as expected_spend_amount

    from moved

    left join year_amounts
        on moved.customer_id = year_amounts.customer_id

    left join spend
        on moved.customer_id = spend.customer_id

    group by all

),

final as (

    select
        moves.from_date,
        moves.to_date,
        moves.from_group,
        moves.to_group,
        moves.customer_count,
        {{ ratio('moves.customer_count', 'from_groups.customer_count') }} as share_of_from_group,
        {{ money('moves.net_amount') }} as year_amount,
        moves.expected_spend_amount

    from moves

    inner join from_groups
        on moves.from_group = from_groups.rfm_group

),

ranked as (

    select
        cast(
            row_number() over (
                order by
                    year_amount desc,
                    from_group asc,
                    to_group asc
            ) as int
        ) as place,
        *
    from final

)

select * from ranked
where place <= 100
order by place
