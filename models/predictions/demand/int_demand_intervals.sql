{#- An origin's intervals come from the three origins before it, whose weeks are over. Products
    share one with those of their volume, in fifths; totals with those of their level. -#}
{%- set fifths = [0.2, 0.4, 0.6, 0.8] -%}

with

forecasts as (

    select * from {{ ref('int_demand_forecasts') }}

),

origins as (

    select * from {{ ref('int_demand_origins') }}
    where not is_choosing

),

closed as (

    select
        origins.as_of_date,
        forecasts.method,
        forecasts.level,
        forecasts.volume,
        forecasts.forecast_units,
        forecasts.unit_count

    from origins

    inner join forecasts
        on
            origins.origin_number < forecasts.origin_number
            and origins.origin_number + 3 >= forecasts.origin_number

),

bounds as (

    select
        as_of_date,
        method,
        level
        {%- for share in fifths %},
        percentile_disc({{ share }}) within group (order by volume) as bound_{{ loop.index }}
        {%- endfor %}
    from closed

    where level = 'product'

    group by
        as_of_date,
        method,
        level

),

grouped as (

    select
        closed.as_of_date,
        closed.method,
        closed.level,
        1
        {%- for share in fifths %}
        + case when closed.volume > bounds.bound_{{ loop.index }} then 1 else 0 end
        {%- endfor %} as volume_group,
        closed.volume,
        {{ root_residual('closed.unit_count', 'closed.forecast_units') }} as residual,
        case
            when closed.forecast_units > 0
                then cast(
                    cast(closed.unit_count as double) / closed.forecast_units as decimal(18, 6)
                )
        end as share

    from closed

    left join bounds
        on
            closed.as_of_date = bounds.as_of_date
            and closed.method = bounds.method
            and closed.level = bounds.level

),

final as (

    select
        as_of_date,
        method,
        level,
        coalesce(volume_group, 0) as volume_group,
        case when level = 'product' then max(volume) end as largest_volume,
        count(*) as residual_count,
        {%- for name, share in [('low', 0.1), ('high', 0.9)] %}
        percentile_disc({{ share }}) within group (order by residual) as {{ name }}_residual,
        percentile_disc({{ share }}) within group (order by share) as {{ name }}_share
        {{- ',' if not loop.last }}
        {%- endfor %}
    from grouped

    group by
        as_of_date,
        method,
        level,
        volume_group

)

select * from final
