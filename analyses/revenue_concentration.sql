-- How concentrated is revenue: what does the top tenth of customers bring, now and a year ago?
{%- set year_days = 365 %}
with

today as (

    select distinct as_of_date from {{ ref('fct_customer_rfm') }}
    where is_current

),

lines as (

    select * from {{ ref('fct_order_lines') }}
    where
        customer_id is not null
        and not is_cancelled

),

years as (

    select
        {{ add_days('as_of_date', -year_days) }} as from_date,
        as_of_date as to_date
    from today

    union all

    select
        {{ add_days('as_of_date', -2 * year_days) }} as from_date,
        {{ add_days('as_of_date', -year_days) }} as to_date
    from today

),

history as (

    select min(ordered_at) as first_ordered_at from lines

),

customers as (

    select
        years.from_date,
        years.to_date,
        lines.customer_id,
        sum(lines.net_amount) as net_amount

    from years

    inner join lines
        on
            lines.ordered_at >= years.from_date
            and lines.ordered_at < years.to_date

    group by
        years.from_date,
        years.to_date,
        lines.customer_id

    having sum(lines.gross_amount) > 0

),

-- equal amounts may lie on both sides of a border: which customer does, changes no sum
placed as (

    select
        *,
        cast(
            floor(
                10 * (
                    row_number() over (
                        partition by from_date order by net_amount desc, customer_id asc
                    ) - 1
                ) / cast(count(*) over (partition by from_date) as double)
            ) as int
        ) + 1 as tenth
    from customers

),

tenths as (

    select
        from_date,
        to_date,
        tenth,
        count(*) as customer_count,
        min(net_amount) as smallest_amount,
        sum(net_amount) as net_amount
    from placed

    group by
        from_date,
        to_date,
        tenth

),

totals as (

    select
        *,
        sum(net_amount) over (partition by from_date) as total_amount,
        sum(net_amount) over (partition by from_date order by tenth) as amount_so_far
    from tenths

),

final as (

    select
        totals.from_date,
        totals.to_date,
        totals.from_date >= cast(history.first_ordered_at as date) as is_whole_year,
        totals.tenth,
        totals.customer_count,
        {{ money('totals.smallest_amount') }} as smallest_amount,
        {{ money('totals.net_amount') }} as net_amount,
        case
            when totals.total_amount > 0
                then {{ ratio('totals.net_amount', 'totals.total_amount') }}
        end as revenue_share,
        case
            when totals.total_amount > 0
                then {{ ratio('totals.amount_so_far', 'totals.total_amount') }}
        end as revenue_share_so_far

    from totals

    cross join history

),

ranked as (

    select
        cast(
            row_number() over (
                order by
                    to_date desc,
                    tenth asc
            ) as int
        ) as place,
        *
    from final

)

select * from ranked
where place <= 100
order by place
