{#- A week without a sale is a zero: what was sold is added in its week and taken away in the next
    one, so that the sums are the changes from week to week. -#}

with

products as (

    select
        as_of_date,
        product_id,
        greatest(first_week, last_week - {{ demand_history_weeks() }} + 1) as first_week,
        last_week
    from {{ ref('int_demand_products') }}

    where is_forecast

),

weeks as (

    select * from {{ ref('int_demand_weeks') }}

),

steps as (

    select
        product_id,
        week_number,
        unit_count as step
    from weeks

    union all

    select
        product_id,
        week_number + 1 as week_number,
        -unit_count as step
    from weeks

),

changes as (

    select
        product_id,
        week_number,
        abs(sum(step)) as change
    from steps

    group by
        product_id,
        week_number

),

sums as (

    select
        products.as_of_date,
        products.product_id,
        products.last_week - products.first_week as change_count,
        sum(changes.change) as change_sum,
        {{ product_sum('changes.change', 'changes.change') }} as change_square_sum

    from products

    inner join changes
        on
            products.product_id = changes.product_id
            and products.first_week < changes.week_number
            and products.last_week >= changes.week_number

    group by
        products.as_of_date,
        products.product_id,
        products.first_week,
        products.last_week

),

final as (

    select
        as_of_date,
        product_id,
        {{ as_decimal('cast(change_sum as double) / change_count', 28, 9) }} as mean_change,
        {{ as_decimal('cast(change_square_sum as double) / change_count', 28, 9) }}
            as mean_squared_change
    from sums

    where change_sum > 0

)

select * from final
