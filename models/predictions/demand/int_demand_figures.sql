with

errors as (

    select * from {{ ref('int_demand_errors') }}

),

final as (

    select
        as_of_date,
        is_reported,
        is_choosing,
        slice,
        method,
        count(*) as item_count,
        cast(sum(unit_count) as decimal(18, 4)) as unit_count,
        cast(sum(forecast_units) as decimal(18, 4)) as forecast_units,
        {{ ratio('sum(error)', 'sum(unit_count)') }} as wape,
        {{ ratio('sum(total_error)', 'sum(unit_count)') }} as total_wape,
        {{ ratio('sum(forecast_units) - sum(unit_count)', 'sum(unit_count)') }} as bias,
        {{ ratio('sum(scaled_error)', 'count(scaled_error)') }} as mase,
        {{ ratio('sum(scaled_root_error)', 'count(scaled_root_error)') }} as rmsse
    from errors

    group by
        as_of_date,
        is_reported,
        is_choosing,
        slice,
        method

)

select * from final
