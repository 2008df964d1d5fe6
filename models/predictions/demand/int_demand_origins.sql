{#- Weeks begin on Mondays, so that a week is the same in every build. -#}
{%- set horizon = var('demand_weeks') -%}

with

today as (

    select cast(date_trunc('week', as_of_date) as date) as as_of_date
    from {{ ref('int_as_of_dates') }}

    where is_current

),

first_sales as (

    select min(first_sold_date) as first_date
    from {{ ref('dim_products') }}

    where not is_non_product

),

origins as (

    {% for number in range(7) -%}
    select
        {{ add_days('as_of_date', -7 * horizon * number) }} as as_of_date,
        {{ number }} as origin_number
    from today

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

-- whole weeks alone: what is left over before the first one is not counted
counted as (

    select
        origins.as_of_date,
        origins.origin_number,
        cast(greatest(coalesce(
            floor({{ days_between('first_sales.first_date', 'origins.as_of_date') }} / 7), 0
        ), 0) as int) as history_weeks

    from origins

    cross join first_sales

),

final as (

    select
        as_of_date,
        origin_number,
        origin_number = 0 as is_current,
        origin_number between 1 and 3 as is_reported,
        origin_number > 3 as is_choosing,
        least(
            history_weeks, {{ demand_history_weeks() }} + {{ horizon }} * (6 - origin_number)
        ) as history_weeks,
        history_weeks >= {{ 2 * horizon }} as is_forecast,
        case
            when history_weeks < {{ 2 * horizon }}
                then
                    'There are ' || cast(history_weeks as string) || ' whole weeks of sales, and '
                    || '{{ 2 * horizon }} are needed: the horizon twice.'
        end as no_forecast_reason
    from counted

)

select * from final
