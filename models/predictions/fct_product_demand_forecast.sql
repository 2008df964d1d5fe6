with

origins as (

    select * from {{ ref('int_demand_origins') }}
    where is_current

),

products as (

    select * from {{ ref('int_demand_products') }}
    where is_current

),

served as (

    select * from {{ ref('int_demand_served') }}

),

ranges as (

    select * from {{ ref('int_demand_ranges') }}
    where origin_number = 0

),

weeks as (

    select cast(generated_number as int) as week_ahead
    from ({{ dbt.generate_series(var('demand_weeks')) }}) as numbers

),

forecasts as (

    select ranges.*

    from ranges

    inner join served
        on ranges.method = served.method

),

-- every product that was ever sold, with the reason where it has no forecast
product_rows as (

    select
        origins.as_of_date,
        'product' as level,
        products.product_id,
        products.category,
        products.product_id as item,
        weeks.week_ahead,
        products.product_status,
        coalesce(
            origins.no_forecast_reason,
            case
                when products.product_status = 'no_longer_sold'
                    then
                        'No longer sold: not for '
                        || cast(products.last_week - products.last_sold_week as string)
                        || ' weeks.'
            end
        ) as no_forecast_reason

    from products

    cross join origins

    cross join weeks

),

total_rows as (

    select
        origins.as_of_date,
        forecasts.level,
        cast(null as string) as product_id,
        case when forecasts.level = 'category' then forecasts.item end as category,
        forecasts.item,
        forecasts.week_ahead,
        cast(null as string) as product_status,
        cast(null as string) as no_forecast_reason

    from forecasts

    cross join origins

    where forecasts.level != 'product'

),

items as (

    select * from product_rows

    union all

    select * from total_rows

),

final as (

    select
        items.as_of_date,
        items.level,
        items.product_id,
        items.category,
        items.week_ahead,
        {{ add_days('items.as_of_date', '7 * (items.week_ahead - 1)') }} as week_start_date,
        items.product_status,
        case when forecasts.item is not null then served.method end as method,
        forecasts.forecast_units,
        forecasts.low_units,
        forecasts.high_units,
        case when forecasts.item is not null then served.beats_baseline end as beats_baseline,
        case when forecasts.item is not null then served.wape end as backtest_wape,
        case when forecasts.item is not null then served.bias end as backtest_bias,
        case when forecasts.item is not null then served.coverage end as backtest_coverage,
        items.no_forecast_reason

    from items

    left join forecasts
        on
            items.level = forecasts.level
            and items.item = forecasts.item
            and items.week_ahead = forecasts.week_ahead

    left join served
        on true

)

select * from final
