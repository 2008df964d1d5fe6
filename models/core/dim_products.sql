with

products as (

    select * from {{ ref('stg_shop__products') }}

),

lines as (

    select * from {{ ref('fct_order_lines') }}

),

non_products as (

    select * from {{ ref('int_non_products') }}

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

sales as (

    select
        product_id,
        cast(min(ordered_at) filter (where gross_amount > 0) as date) as first_sold_date,
        cast(max(ordered_at) filter (where gross_amount > 0) as date) as last_sold_date,
        percentile_disc(0.5) within group (
            order by case when gross_amount > 0 then unit_price end
        ) as median_unit_price,
        sum(case when quantity > 0 and not is_cancelled then quantity else 0 end) as unit_count,
        sum(
            case when quantity < 0 and not is_cancelled then -quantity else 0 end
        ) as returned_unit_count,
        count(distinct order_id) filter (where gross_amount > 0) as order_count,
        count(distinct customer_id) filter (where gross_amount > 0) as customer_count,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(returned_amount) as returned_amount,
        sum(net_amount) as net_amount,
        bool_and(is_non_product) as is_non_product

    from lines

    group by product_id

),

-- the name and category seen most often, those of paid sales before all others
name_counts as (

    select
        product_id,
        product_name,
        count(*) as line_count,
        count(*) filter (where gross_amount > 0) as sale_count
    from lines

    where product_name is not null

    group by product_id, product_name

),

names as (

    select
        product_id,
        product_name
    from name_counts

    qualify row_number() over (
        partition by product_id order by sale_count desc, line_count desc, product_name asc
    ) = 1

),

category_counts as (

    select
        product_id,
        product_category,
        count(*) as line_count,
        count(*) filter (where gross_amount > 0) as sale_count
    from lines

    where product_category is not null

    group by product_id, product_category

),

categories as (

    select
        product_id,
        product_category
    from category_counts

    qualify row_number() over (
        partition by product_id order by sale_count desc, line_count desc, product_category asc
    ) = 1

),

product_ids as (

    select product_id from products

    union distinct

    select product_id from sales

),

final as (

    select
        product_ids.product_id,
        coalesce(products.product_name, names.product_name) as product_name,
        coalesce(products.category, categories.product_category) as category,
        products.brand,
        products.tags,
        products.description,
        coalesce(sales.is_non_product, false)
        or non_products.product_id is not null as is_non_product,
        products.list_price,
        cast(sales.median_unit_price as decimal(18, 4)) as median_unit_price,
        products.unit_cost,
        products.stock_quantity,
        products.lead_time_days,
        products.launched_at,
        sales.first_sold_date,
        sales.last_sold_date,
        coalesce(
            {{ days_between('sales.last_sold_date', 'today.as_of_date') }}
            <= {{ var('still_sold_days') }}, false
        ) as is_still_sold,
        cast(coalesce(sales.unit_count, 0) as decimal(18, 4)) as unit_count,
        cast(coalesce(sales.returned_unit_count, 0) as decimal(18, 4)) as returned_unit_count,
        cast(coalesce(sales.order_count, 0) as bigint) as order_count,
        cast(coalesce(sales.customer_count, 0) as bigint) as customer_count,
        {{ money('coalesce(sales.gross_amount, 0)') }} as gross_amount,
        {{ money('coalesce(sales.discount_amount, 0)') }} as discount_amount,
        {{ money('coalesce(sales.returned_amount, 0)') }} as returned_amount,
        {{ money('coalesce(sales.net_amount, 0)') }} as net_amount,
        products.attributes

    from product_ids

    left join products
        on product_ids.product_id = products.product_id

    left join sales
        on product_ids.product_id = sales.product_id

    left join names
        on product_ids.product_id = names.product_id

    left join categories
        on product_ids.product_id = categories.product_id

    left join non_products
        on product_ids.product_id = non_products.product_id

    left join today
        on true

)

select * from final
