{#- Of products, and the sums of products that are the totals. -#}

with

origins as (

    select * from {{ ref('int_demand_origins') }}

),

products as (

    select
        as_of_date,
        product_id,
        category,
        last_week
    from {{ ref('int_demand_products') }}

    where is_forecast

),

forecasts as (

    select * from {{ ref('ml_demand_forecasts') }}

),

actuals as (

    select * from {{ ref('int_demand_actuals') }}

),

product_forecasts as (

    select
        forecasts.as_of_date,
        forecasts.method,
        forecasts.item as product_id,
        products.category,
        products.last_week,
        forecasts.week_ahead,
        cast(forecasts.forecast_units as decimal(18, 6)) as forecast_units

    from forecasts

    inner join products
        on
            forecasts.as_of_date = products.as_of_date
            and forecasts.item = products.product_id

),

levels as (

    select
        as_of_date,
        method,
        'product' as level,
        product_id as item,
        last_week,
        week_ahead,
        forecast_units
    from product_forecasts

    union all

    select
        as_of_date,
        method,
        'category' as level,
        category as item,
        last_week,
        week_ahead,
        cast(sum(forecast_units) as decimal(18, 6)) as forecast_units
    from product_forecasts

    where category is not null

    group by
        as_of_date,
        method,
        category,
        last_week,
        week_ahead

    union all

    select
        as_of_date,
        method,
        'shop' as level,
        '' as item,
        last_week,
        week_ahead,
        cast(sum(forecast_units) as decimal(18, 6)) as forecast_units
    from product_forecasts

    group by
        as_of_date,
        method,
        last_week,
        week_ahead

),

final as (

    select
        levels.as_of_date,
        origins.origin_number,
        levels.method,
        levels.level,
        levels.item,
        levels.week_ahead,
        levels.forecast_units,
        -- how much a week is, by which products of one size share an interval
        {{ decimal_mean(
            'levels.forecast_units', 18, 6,
            ' over (partition by levels.as_of_date, levels.method, levels.level, levels.item)'
        ) }} as volume,
        case
            when not origins.is_current then coalesce(actuals.unit_count, 0)
        end as unit_count

    from levels

    inner join origins
        on levels.as_of_date = origins.as_of_date

    left join actuals
        on
            levels.level = actuals.level
            and levels.item = actuals.item
            and levels.last_week + levels.week_ahead = actuals.week_number

)

select * from final
