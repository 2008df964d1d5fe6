with

figures as (

    select * from {{ ref('int_demand_figures') }}

),

choices as (

    select * from {{ ref('int_demand_choices') }}

),

served as (

    select * from {{ ref('int_demand_served') }}

),

final as (

    select
        figures.as_of_date,
        figures.slice,
        figures.method,
        figures.is_choosing,
        figures.is_reported,
        choices.is_rule,
        choices.is_default,
        choices.is_chosen,
        coalesce(figures.method = served.method, false) as is_served,
        cast(figures.item_count as bigint) as item_count,
        figures.unit_count,
        figures.forecast_units,
        figures.wape,
        figures.total_wape,
        figures.bias,
        figures.mase,
        figures.rmsse

    from figures

    inner join choices
        on figures.method = choices.method

    left join served
        on true

)

select * from final
