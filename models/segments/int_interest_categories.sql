with

fit_dates as (

    select fitted_as_of from {{ ref('int_fit_dates') }}
    where is_fit_date

),

product_days as (

    select * from {{ ref('int_customer_product_days') }}
    where is_purchase_day

),

products as (

    select * from {{ ref('dim_products') }}

),

bought as (

    select
        fit_dates.fitted_as_of,
        product_days.customer_id,
        coalesce(product_days.product_category, products.category) as category,
        count(*) as purchase_count

    from fit_dates

    inner join product_days
        on fit_dates.fitted_as_of > product_days.order_date

    left join products
        on product_days.product_id = products.product_id

    where coalesce(product_days.product_category, products.category) is not null

    group by
        fit_dates.fitted_as_of,
        product_days.customer_id,
        coalesce(product_days.product_category, products.category)

),

counts as (

    select
        fitted_as_of,
        category,
        count(*) as customer_count,
        count(*) over (partition by fitted_as_of) as category_count,
        row_number() over (
            partition by fitted_as_of
            order by sum(purchase_count) desc, category asc
        ) as category_number
    from bought

    group by
        fitted_as_of,
        category

),

totals as (

    select
        fitted_as_of,
        count(distinct customer_id) as customer_count
    from bought

    group by fitted_as_of

),

-- a category that everybody buys tells less (inverse document frequency: Spärck Jones 1972)
final as (

    select
        counts.fitted_as_of,
        cast(counts.category_number as int) as category_number,
        counts.category,
        cast(
            ln((1 + totals.customer_count) / cast(1 + counts.customer_count as double)) + 1
            as decimal(12, 6)
        ) as rarity

    from counts

    inner join totals
        on counts.fitted_as_of = totals.fitted_as_of

    where
        counts.category_count >= {{ fewest_categories() }}
        and counts.category_number <= {{ var('interest_categories') }}

)

select * from final
