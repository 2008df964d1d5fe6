{#- The categories that are told apart, and all others together. -#}
{%- set places = range(1, var('interest_categories') + 2) | list -%}

with

product_days as (

    select * from {{ ref('int_customer_product_days') }}
    where is_purchase_day

),

products as (

    select * from {{ ref('dim_products') }}

),

categories as (

    select * from {{ ref('int_interest_categories') }}

),

-- the categories of a date are those of its own fit, which needs enough of them
dates as (

    select
        as_of_date,
        fitted_as_of
    from {{ ref('int_fit_dates') }}

    where
        (is_current or is_backtest or is_fit_date)
        and fitted_as_of in (select fitted_as_of from categories)

),

bought as (

    select
        dates.as_of_date,
        product_days.customer_id,
        coalesce(categories.category_number, {{ places | last }}) as category_number,
        coalesce(categories.rarity, 1) as rarity,
        count(*) as purchase_count

    from dates

    inner join product_days
        on dates.as_of_date > product_days.order_date

    left join products
        on product_days.product_id = products.product_id

    left join categories
        on
            dates.fitted_as_of = categories.fitted_as_of
            and coalesce(product_days.product_category, products.category) = categories.category

    group by
        dates.as_of_date,
        product_days.customer_id,
        coalesce(categories.category_number, {{ places | last }}),
        coalesce(categories.rarity, 1)

),

shares as (

    select
        as_of_date,
        customer_id,
        category_number,
        {{ ratio('purchase_count', 'sum(purchase_count) over of_customer') }} as share,
        {{ ratio(
            'purchase_count * rarity', 'sum(purchase_count * rarity) over of_customer'
        ) }} as weight
    from bought

    window of_customer as (partition by as_of_date, customer_id)

),

final as (

    select
        as_of_date,
        customer_id,
        {%- for place in places %}
        coalesce(
            max(share) filter (where category_number = {{ place }}), 0
        ) as share_{{ place }},
        coalesce(
            max(weight) filter (where category_number = {{ place }}), 0
        ) as weight_{{ place }}{{ ',' if not loop.last }}
        {%- endfor %}
    from shares

    group by
        as_of_date,
        customer_id

)

select * from final
