with

weeks as (

    select * from {{ ref('int_demand_weeks') }}

),

products as (

    select
        product_id,
        category
    from {{ ref('dim_products') }}

),

product_weeks as (

    select
        weeks.product_id,
        products.category,
        weeks.week_number,
        weeks.unit_count,
        weeks.taken_back_unit_count

    from weeks

    inner join products
        on weeks.product_id = products.product_id

),

final as (

    select
        'product' as level,
        product_id as item,
        week_number,
        unit_count,
        taken_back_unit_count
    from product_weeks

    union all

    select
        'category' as level,
        category as item,
        week_number,
        cast(sum(unit_count) as decimal(18, 4)) as unit_count,
        cast(sum(taken_back_unit_count) as decimal(18, 4)) as taken_back_unit_count
    from product_weeks

    where category is not null

    group by
        category,
        week_number

    union all

    select
        'shop' as level,
        '' as item,
        week_number,
        cast(sum(unit_count) as decimal(18, 4)) as unit_count,
        cast(sum(taken_back_unit_count) as decimal(18, 4)) as taken_back_unit_count
    from product_weeks

    group by week_number

)

select * from final
