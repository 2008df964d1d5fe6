{#- All methods on the products that are compared and on the totals as series of their own; the
    chosen method and the rule on all products, and on the totals as sums of products. -#}

with

origins as (

    select * from {{ ref('int_demand_origins') }}
    where
        not is_current
        and is_forecast

),

trials as (

    select * from {{ ref('ml_demand_trials') }}

),

forecasts as (

    select * from {{ ref('int_demand_forecasts') }}
    where not unit_count is null

),

last_weeks as (

    select
        as_of_date,
        max(last_week) as last_week
    from {{ ref('int_demand_products') }}

    group by as_of_date

),

actuals as (

    select * from {{ ref('int_demand_actuals') }}

),

scales as (

    select * from {{ ref('int_demand_scales') }}

),

weeks as (

    select
        trials.as_of_date,
        case trials.level
            when 'product' then 'compared products'
            when 'category' then 'categories'
            else 'shop'
        end as slice,
        trials.method,
        trials.item,
        cast(trials.forecast_units as decimal(28, 9)) as forecast_units,
        coalesce(actuals.unit_count, 0) as unit_count

    from trials

    inner join last_weeks
        on trials.as_of_date = last_weeks.as_of_date

    left join actuals
        on
            trials.level = actuals.level
            and trials.item = actuals.item
            and last_weeks.last_week + trials.week_ahead = actuals.week_number

    union all

    select
        as_of_date,
        case level
            when 'product' then 'all products'
            when 'category' then 'categories, as sums'
            else 'shop, as a sum'
        end as slice,
        method,
        item,
        cast(forecast_units as decimal(28, 9)) as forecast_units,
        unit_count
    from forecasts

),

sums as (

    select
        as_of_date,
        slice,
        method,
        item,
        count(*) as week_count,
        sum(forecast_units) as forecast_units,
        sum(unit_count) as unit_count,
        sum(abs(forecast_units - unit_count)) as error,
        cast({{ product_sum(
            'forecast_units - unit_count', 'forecast_units - unit_count'
        ) }} as decimal(38, 9)) as squared_error
    from weeks

    group by
        as_of_date,
        slice,
        method,
        item

),

final as (

    select
        sums.as_of_date,
        origins.is_reported,
        origins.is_choosing,
        sums.slice,
        sums.method,
        sums.item,
        cast(sums.forecast_units as decimal(28, 9)) as forecast_units,
        cast(sums.unit_count as decimal(28, 9)) as unit_count,
        cast(sums.error as decimal(28, 9)) as error,
        cast(abs(sums.forecast_units - sums.unit_count) as decimal(28, 9)) as total_error,
        case
            when sums.slice in ('compared products', 'all products')
                then {{ as_decimal(
                    'cast(sums.error as double) / sums.week_count / scales.mean_change', 28, 9
                ) }}
        end as scaled_error,
        case
            when sums.slice in ('compared products', 'all products')
                then {{ as_decimal(
                    'sqrt(cast(sums.squared_error as double)'
                    ~ ' / sums.week_count / scales.mean_squared_change)', 28, 9
                ) }}
        end as scaled_root_error

    from sums

    inner join origins
        on sums.as_of_date = origins.as_of_date

    left join scales
        on
            sums.as_of_date = scales.as_of_date
            and sums.item = scales.product_id

)

select * from final
