with

dates as (

    select as_of_date from {{ ref('int_recommendation_dates') }}

),

trends as (

    select * from {{ ref('int_product_trends') }}

),

products as (

    select * from {{ ref('stg_shop__products') }}

),

lines as (

    select * from {{ ref('fct_order_lines') }}

),

name_days as (

    select
        product_id,
        product_name,
        product_category,
        cast(ordered_at as date) as order_date,
        count(*) as line_count
    from lines

    where gross_amount > 0

    group by
        product_id,
        product_name,
        product_category,
        cast(ordered_at as date)

),

-- how the lines of a product call it, most often, as far as known
name_counts as (

    select
        dates.as_of_date,
        name_days.product_id,
        name_days.product_name,
        name_days.product_category,
        sum(name_days.line_count) as line_count

    from dates

    inner join name_days
        on name_days.order_date < dates.as_of_date

    group by
        dates.as_of_date,
        name_days.product_id,
        name_days.product_name,
        name_days.product_category

),

names as (

    select
        as_of_date,
        product_id,
        product_name,
        product_category
    from name_counts

    qualify row_number() over (
        partition by as_of_date, product_id
        order by
            line_count desc,
            product_name asc nulls last,
            product_category asc nulls last
    ) = 1

),

texts as (

    select
        trends.as_of_date,
        trends.product_index,
        coalesce(products.product_name, names.product_name) as product_name,
        coalesce(products.category, names.product_category) as category,
        coalesce(products.product_name, names.product_name, '')
        || ' ' || coalesce(products.category, names.product_category, '')
        || ' ' || coalesce(products.brand, '')
        || ' ' || coalesce(products.tags, '')
        || ' ' || coalesce(products.description, '') as product_text

    from trends

    left join products
        on trends.product_id = products.product_id

    left join names
        on
            trends.as_of_date = names.as_of_date
            and trends.product_id = names.product_id

)

select * from texts
