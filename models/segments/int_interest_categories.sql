with

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

product_days as (

    select * from {{ ref('int_customer_product_days') }}
    where is_purchase_day

),

products as (

    select * from {{ ref('dim_products') }}

),

-- the earliest fit knows no category that came later, and all fits tell the same ones apart
first_fit as (

    select min(as_of_date) as as_of_date from feature_dates
    where {{ is_fit_date('feature_dates') }}

),

bought as (

    select
        product_days.customer_id,
        coalesce(product_days.product_category, products.category) as category,
        count(*) as purchase_count

    from product_days

    inner join first_fit
        on product_days.order_date < first_fit.as_of_date

    left join products
        on product_days.product_id = products.product_id

    where coalesce(product_days.product_category, products.category) is not null

    group by
        product_days.customer_id,
        coalesce(product_days.product_category, products.category)

),

counts as (

    select
        category,
        count(*) as customer_count,
        sum(purchase_count) as purchase_count,
        row_number() over (order by sum(purchase_count) desc, category asc) as category_number
    from bought

    group by category

),

totals as (

    select count(distinct customer_id) as customer_count from bought

),

-- a category that everybody buys tells less (inverse document frequency: Spärck Jones 1972)
final as (

    select
        cast(counts.category_number as int) as category_number,
        counts.category,
        cast(
            ln((1 + totals.customer_count) / cast(1 + counts.customer_count as double)) + 1
            as decimal(12, 6)
        ) as rarity

    from counts

    cross join totals

    where counts.category_number <= {{ var('interest_categories') }}

)

select * from final
