{{ config(materialized='view') }}

with

dates as (

    select * from {{ ref('int_recommendation_dates') }}
    where not is_training

),

methods as (

    select * from {{ ref('int_recommendation_methods') }}

),

usual as (

    select
        method,
        setting
    from {{ ref('int_method_settings') }}

    where is_usual

),

chosen as (

    select
        choices.as_of_date,
        choices.list,
        blends.method,
        blends.setting,
        blends.position,
        blends.min_products

    from {{ ref('int_list_choices') }} as choices

    inner join {{ ref('int_list_blends') }} as blends
        on
            choices.list = blends.list
            and choices.blend = blends.blend

    where choices.is_chosen

),

-- customers with fewer products to learn from get the fallbacks first
least as (

    select
        as_of_date,
        list,
        max(min_products) as min_products
    from chosen

    group by
        as_of_date,
        list

),

final as (

    select
        dates.as_of_date,
        dates.is_current,
        methods.method,
        methods.list,
        methods.kind,
        methods.trend_exponent,
        coalesce(chosen.setting, usual.setting) as setting,
        chosen.position as list_position,
        methods.fallback_position,
        least.min_products,
        chosen.position is not null or methods.fallback_position is not null as is_on_list

    from dates

    cross join methods

    inner join usual
        on methods.method = usual.method

    inner join least
        on
            dates.as_of_date = least.as_of_date
            and methods.list = least.list

    left join chosen
        on
            dates.as_of_date = chosen.as_of_date
            and methods.method = chosen.method

)

select * from final
