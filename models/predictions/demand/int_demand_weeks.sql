with

today as (

    select
        as_of_date,
        history_weeks
    from {{ ref('int_demand_origins') }}

    where is_current

),

lines as (

    select
        product_id,
        customer_id,
        cast(ordered_at as date) as sold_date,
        quantity,
        gross_amount,
        gross_amount > 0 as is_sale,
        gross_amount > 0 and (promotion_code is not null or discount_amount > 0) as is_promoted
    from {{ ref('fct_order_lines') }}

    where
        not is_cancelled
        and not is_non_product
        and (gross_amount > 0 or is_return)

),

-- what a customer gives back on the day on which they bought it was no demand
customer_days as (

    select
        lines.product_id,
        lines.customer_id,
        today.history_weeks - cast(
            floor(({{ days_between('lines.sold_date', 'today.as_of_date') }} - 1) / 7) as int
        ) as week_number,
        lines.sold_date,
        sum(case when lines.is_sale then lines.quantity else 0 end) as sold_units,
        sum(case when lines.is_sale then 0 else -lines.quantity end) as returned_units,
        sum(lines.gross_amount) as gross_amount,
        bool_or(lines.is_promoted) as is_promoted

    from lines

    cross join today

    where
        lines.sold_date < today.as_of_date
        and lines.sold_date >= {{ add_days('today.as_of_date', '-7 * today.history_weeks') }}

    group by
        lines.product_id,
        lines.customer_id,
        lines.sold_date,
        today.history_weeks,
        today.as_of_date

    having bool_or(lines.is_sale)

),

weeks as (

    select
        product_id,
        week_number,
        sum(greatest(sold_units - returned_units, 0)) as unit_count,
        sum(least(sold_units, returned_units)) as taken_back_unit_count,
        sum(
            cast(gross_amount as decimal(28, 4))
            * cast(greatest(sold_units - returned_units, 0) / sold_units as decimal(9, 8))
        ) as gross_amount,
        count(distinct case when is_promoted then sold_date end) as promotion_day_count
    from customer_days

    group by
        product_id,
        week_number

),

final as (

    select
        weeks.product_id,
        weeks.week_number,
        {{ add_days(
            'today.as_of_date', '-7 * (today.history_weeks - weeks.week_number + 1)'
        ) }} as week_start_date,
        cast(weeks.unit_count as decimal(18, 4)) as unit_count,
        cast(weeks.taken_back_unit_count as decimal(18, 4)) as taken_back_unit_count,
        cast(weeks.gross_amount as decimal(18, 4)) as gross_amount,
        cast(weeks.promotion_day_count as int) as promotion_day_count

    from weeks

    cross join today

)

select * from final
