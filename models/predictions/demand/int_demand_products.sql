with

origins as (

    select * from {{ ref('int_demand_origins') }}

),

today as (

    select history_weeks from origins
    where is_current

),

weeks as (

    select * from {{ ref('int_demand_weeks') }}

),

products as (

    select
        product_id,
        category,
        first_sold_date
    from {{ ref('dim_products') }}

),

-- what was known of each product as of each origin
known as (

    select
        origins.as_of_date,
        origins.is_current,
        origins.is_forecast,
        today.history_weeks - {{ var('demand_weeks') }} * origins.origin_number as last_week,
        weeks.product_id,
        min(weeks.week_number) filter (where weeks.unit_count > 0) as first_sold_week,
        max(weeks.week_number) filter (where weeks.unit_count > 0) as last_sold_week,
        sum(case
            when weeks.week_number > today.history_weeks
                - {{ var('demand_weeks') }} * origins.origin_number - 26
                then weeks.gross_amount
            else 0
        end) as recent_amount,
        sum(weeks.unit_count) as unit_count

    from origins

    cross join today

    inner join weeks
        on
            weeks.week_number
            <= today.history_weeks - {{ var('demand_weeks') }} * origins.origin_number
            and weeks.week_number
            > today.history_weeks - {{ var('demand_weeks') }} * origins.origin_number
            - {{ demand_history_weeks() }}

    group by
        origins.as_of_date,
        origins.is_current,
        origins.is_forecast,
        origins.origin_number,
        today.history_weeks,
        weeks.product_id

),

judged as (

    select
        known.as_of_date,
        known.product_id,
        products.category,
        known.is_current,
        known.last_week,
        -- what was sold before the first week that is looked at began before it
        case
            when products.first_sold_date < {{ add_days(
                'known.as_of_date', '-7 * known.last_week'
            ) }} then 1
            else known.first_sold_week
        end as first_week,
        known.last_sold_week,
        (known.last_week - known.last_sold_week) * 7 <= {{ var('still_sold_days') }}
        as is_still_sold,
        known.is_forecast,
        known.unit_count,
        known.recent_amount

    from known

    inner join products
        on known.product_id = products.product_id

    where known.first_sold_week is not null

),

final as (

    select
        as_of_date,
        product_id,
        category,
        is_current,
        cast(last_week as int) as last_week,
        cast(first_week as int) as first_week,
        cast(last_sold_week as int) as last_sold_week,
        case
            when not is_still_sold then 'no_longer_sold'
            when first_week > 1 and last_week - first_week + 1 < 8 then 'new'
            else 'sold'
        end as product_status,
        is_forecast and is_still_sold as is_forecast,
        cast(unit_count as decimal(18, 4)) as unit_count,
        cast(recent_amount as decimal(18, 4)) as recent_amount,
        cast(row_number() over (
            partition by
                as_of_date,
                is_forecast and is_still_sold
            order by
                recent_amount desc,
                unit_count desc,
                product_id asc
        ) as int) as revenue_rank
    from judged

)

select * from final
