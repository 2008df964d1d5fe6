-- In every week the forecasts of categories and of the shop are sums of their products' forecasts.

with

forecasts as (

    select * from {{ ref('fct_product_demand_forecast') }}

),

sums as (

    select
        category,
        week_ahead,
        sum(forecast_units) as forecast_units
    from forecasts

    where
        level = 'product'
        and category is not null

    group by
        category,
        week_ahead

    union all

    select
        cast(null as string) as category,
        week_ahead,
        sum(forecast_units) as forecast_units
    from forecasts

    where level = 'product'

    group by week_ahead

),

totals as (

    select * from forecasts
    where level != 'product'

)

select totals.*

from totals

left join sums
    on
        coalesce(totals.category, '') = coalesce(sums.category, '')
        and totals.week_ahead = sums.week_ahead

where totals.forecast_units != coalesce(sums.forecast_units, 0)
