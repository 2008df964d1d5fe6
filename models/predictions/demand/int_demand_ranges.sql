with

forecasts as (

    select * from {{ ref('int_demand_forecasts') }}

),

intervals as (

    select * from {{ ref('int_demand_intervals') }}

),

-- the smallest group whose products are no smaller; the last one is open upwards
grouped as (

    select
        forecasts.as_of_date,
        forecasts.method,
        forecasts.level,
        forecasts.item,
        coalesce(
            min(case
                when intervals.largest_volume >= forecasts.volume then intervals.volume_group
            end),
            max(intervals.volume_group)
        ) as volume_group

    from forecasts

    inner join intervals
        on
            forecasts.as_of_date = intervals.as_of_date
            and forecasts.method = intervals.method
            and forecasts.level = intervals.level

    where forecasts.week_ahead = 1

    group by
        forecasts.as_of_date,
        forecasts.method,
        forecasts.level,
        forecasts.item

),

final as (

    select
        forecasts.as_of_date,
        forecasts.origin_number,
        forecasts.method,
        forecasts.level,
        forecasts.item,
        forecasts.week_ahead,
        forecasts.forecast_units,
        case
            when forecasts.level = 'product'
                then cast(power(greatest(
                    sqrt(cast(forecasts.forecast_units as double))
                    + least(intervals.low_residual, 0), 0
                ), 2) as decimal(18, 6))
            else cast(
                cast(forecasts.forecast_units as double)
                * least(intervals.low_share, 1) as decimal(18, 6)
            )
        end as low_units,
        case
            when forecasts.level = 'product'
                then cast(power(
                    sqrt(cast(forecasts.forecast_units as double))
                    + greatest(intervals.high_residual, 0), 2
                ) as decimal(18, 6))
            else cast(
                cast(forecasts.forecast_units as double)
                * greatest(intervals.high_share, 1) as decimal(18, 6)
            )
        end as high_units,
        intervals.residual_count,
        forecasts.unit_count

    from forecasts

    left join grouped
        on
            forecasts.as_of_date = grouped.as_of_date
            and forecasts.method = grouped.method
            and forecasts.level = grouped.level
            and forecasts.item = grouped.item

    left join intervals
        on
            grouped.as_of_date = intervals.as_of_date
            and grouped.method = intervals.method
            and grouped.level = intervals.level
            and grouped.volume_group = intervals.volume_group

)

select * from final
