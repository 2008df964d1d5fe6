with

origins as (

    select * from {{ ref('int_demand_origins') }}
    where is_current

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

products as (

    select * from {{ ref('dim_products') }}
    where
        first_sold_date is not null
        and not is_non_product

),

known as (

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
judged as (

    select
        origins.as_of_date,
        products.product_id,
        products.category,
        case
            when products.first_sold_date >= origins.as_of_date then 'new'
            else coalesce(known.product_status, 'no_longer_sold')
        end as product_status,
        case
            when origins.no_forecast_reason is not null then origins.no_forecast_reason
            when products.first_sold_date >= origins.as_of_date
                then 'First sold in the week that is not over.'
            when known.product_id is null
                then
                    'Not sold in the last {{ demand_history_weeks() }} weeks, but for what was '
                    || 'given back on the same day.'
            when not known.is_forecast
                then
                    'No longer sold: not for '
                    || cast(known.last_week - known.last_sold_week as string) || ' weeks.'
        end as no_forecast_reason

    from products

    cross join origins

    inner join today
        on products.first_sold_date < today.as_of_date

    left join known
        on products.product_id = known.product_id

),

product_rows as (

    select
        judged.as_of_date,
        'product' as level,
        judged.product_id,
        judged.category,
        judged.product_id as item,
        weeks.week_ahead,
        judged.product_status,
        judged.no_forecast_reason

    from judged

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
