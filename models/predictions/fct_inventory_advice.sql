{#- How much more the stock has to be than what is expected until the next delivery: the spread of a
    week from its interval of 80 %, over the root of the weeks (Silver, Pyke and Thomas 2017,
    Inventory and production management in supply chains, chapter 6). -#}

with

products as (

    select * from {{ ref('dim_products') }}
    where
        stock_quantity is not null
        and not is_non_product

),

forecasts as (

    select
        product_id,
        as_of_date,
        product_status,
        no_forecast_reason,
        {#- a lead time beyond the weeks forecast goes on as they are on average #}
        {{ decimal_mean('forecast_units', 18, 6) }} as weekly_units,
        {{ decimal_mean('high_units - low_units', 18, 6) }} as weekly_width
    from {{ ref('fct_product_demand_forecast') }}

    where level = 'product'

    group by
        product_id,
        as_of_date,
        product_status,
        no_forecast_reason

),

today as (

    select as_of_date from {{ ref('int_demand_origins') }}
    where is_current

),

known as (

    select
        today.as_of_date,
        products.product_id,
        products.product_name,
        products.category,
        forecasts.product_status,
        products.stock_quantity,
        products.unit_cost,
        coalesce(products.lead_time_days, {{ var('default_lead_time_days') }}) as lead_time_days,
        products.lead_time_days is null as is_lead_time_assumed,
        forecasts.weekly_units,
        forecasts.weekly_width / cast(2 * 1.2816 as double) as weekly_deviation,
        case
            when forecasts.product_id is null then 'Not sold yet.'
            when forecasts.no_forecast_reason is not null then forecasts.no_forecast_reason
            when forecasts.weekly_width is null
                then
                    'No forecast is old enough to tell how far off it was, which the safety '
                    || 'stock is made of.'
        end as no_advice_reason

    from products

    cross join today

    left join forecasts
        on products.product_id = forecasts.product_id

),

planned as (

    select
        *,
        {{ as_decimal(
            'cast(weekly_units as double) * lead_time_days / 7', 18, 6
        ) }} as lead_time_units,
        cast(
            {{ normal_quantile(1 - var('service_level')) }}
            * weekly_deviation * sqrt(lead_time_days / cast(7 as double)) as decimal(18, 6)
        ) as safety_stock_units,
        {{ as_decimal(
            'cast(weekly_units as double) * ' ~ var('order_cycle_days') ~ ' / 7', 18, 6
        ) }} as cycle_units,
        case
            when weekly_units > 0
                then {{ as_decimal('cast(stock_quantity as double) * 7 / weekly_units', 18, 1) }}
        end as days_of_cover
    from known

),

judged as (

    select
        *,
        lead_time_units + safety_stock_units as reorder_point_units,
        stock_quantity < lead_time_units + safety_stock_units as is_understocked,
        coalesce(days_of_cover > {{ var('overstock_days') }}, false)
        or (coalesce(weekly_units, 0) = 0 and stock_quantity > 0 and product_status is not null)
            as is_overstocked
    from planned

),

final as (

    select
        as_of_date,
        product_id,
        product_name,
        category,
        product_status,
        cast(stock_quantity as decimal(18, 4)) as stock_quantity,
        {{ money(line_amount('cast(stock_quantity as decimal(19, 4))', 'unit_cost')) }}
            as stock_amount,
        lead_time_days,
        is_lead_time_assumed,
        weekly_units,
        lead_time_units,
        safety_stock_units,
        cast(reorder_point_units as decimal(18, 6)) as reorder_point_units,
        days_of_cover,
        coalesce(is_understocked, false) as is_understocked,
        is_overstocked,
        cast(case
            when is_understocked
                then ceil(reorder_point_units + cycle_units - stock_quantity)
            when is_understocked is not null then 0
        end as bigint) as suggested_units,
        no_advice_reason
    from judged

)

select * from final
