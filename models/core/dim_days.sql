{%- set most_days = 36500 -%}

with

lines as (

    select
        min(cast(ordered_at as date)) as first_date,
        max(cast(ordered_at as date)) as last_date
    from {{ ref('fct_order_lines') }}

),

as_of_dates as (

    select
        min(as_of_date) as first_date,
        max(as_of_date) as last_date
    from {{ ref('int_as_of_dates') }}

),

-- from the first of a month, since cohorts are named by it
bounds as (

    select
        {{ add_months('least(lines.first_date, as_of_dates.first_date)', 0) }} as first_date,
        greatest(lines.last_date, as_of_dates.last_date) as last_date

    from lines

    cross join as_of_dates

),

day_numbers as (

    select cast(generated_number - 1 as int) as day_number
    from ({{ dbt.generate_series(most_days) }}) as numbers

),

days as (

    select {{ add_days('bounds.first_date', 'day_numbers.day_number') }} as calendar_date

    from bounds

    inner join day_numbers
        on
            day_numbers.day_number
            <= {{ days_between('bounds.first_date', 'bounds.last_date') }}

)

select * from days
