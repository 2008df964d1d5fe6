{#- What was sold and what is expected, under each other for a chart. A week without a sale is a
    zero, from a product's first week on. -#}

with

origins as (

    select * from {{ ref('int_demand_origins') }}
    where is_current

),

products as (

    select * from {{ ref('int_demand_products') }}
    where is_current

),

actuals as (

    select * from {{ ref('int_demand_actuals') }}

),

forecasts as (

    select * from {{ ref('fct_product_demand_forecast') }}
    where forecast_units is not null

),

weeks as (

    select cast(generated_number as int) as week_number
    from (
        {{ dbt.generate_series(demand_history_weeks() | int + 6 * var('demand_weeks')) }}
    ) as numbers

),

items as (

    select
        'product' as level,
        product_id,
        category,
        product_id as item,
        first_week
    from products

    union all

    select
        'category' as level,
        cast(null as string) as product_id,
        category,
        category as item,
        min(first_week) as first_week
    from products

    where category is not null

    group by category

    union all

    select
        'shop' as level,
        cast(null as string) as product_id,
        cast(null as string) as category,
        '' as item,
        min(first_week) as first_week
    from products

    having count(*) > 0

),

history as (

    select
        items.level,
        items.product_id,
        items.category,
        {{ add_days(
            'origins.as_of_date', '7 * (weeks.week_number - 1 - origins.history_weeks)'
        ) }} as week_start_date,
        false as is_forecast,
        coalesce(actuals.unit_count, 0) as unit_count,
        coalesce(actuals.taken_back_unit_count, 0) as taken_back_unit_count

    from items

    cross join origins

    inner join weeks
        on
            items.first_week <= weeks.week_number
            and origins.history_weeks >= weeks.week_number
            and origins.history_weeks - {{ demand_history_weeks() }} < weeks.week_number

    left join actuals
        on
            items.level = actuals.level
            and items.item = actuals.item
            and weeks.week_number = actuals.week_number

),

final as (

    select
        level,
        product_id,
        category,
        week_start_date,
        is_forecast,
        cast(unit_count as decimal(18, 4)) as unit_count,
        cast(taken_back_unit_count as decimal(18, 4)) as taken_back_unit_count,
        cast(null as decimal(18, 6)) as forecast_units,
        cast(null as decimal(18, 6)) as low_units,
        cast(null as decimal(18, 6)) as high_units
    from history

    union all

    select
        level,
        product_id,
        category,
        week_start_date,
        true as is_forecast,
        cast(null as decimal(18, 4)) as unit_count,
        cast(null as decimal(18, 4)) as taken_back_unit_count,
        forecast_units,
        low_units,
        high_units
    from forecasts

)

select * from final
