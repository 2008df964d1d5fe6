-- Which products are returned most, beside their category?
{%- set fewest_orders = 20 %}
with

products as (

    select
        product_id,
        product_name,
        coalesce(category, 'unknown') as category,
        order_count,
        gross_amount,
        returned_amount
    from {{ ref('dim_products') }}

    where not is_non_product

),

satisfaction as (

    select * from {{ ref('rpt_product_satisfaction') }}

),

categories as (

    select
        category,
        sum(gross_amount) as gross_amount,
        sum(returned_amount) as returned_amount
    from products

    group by category

),

beside as (

    select
        products.product_id,
        products.product_name,
        products.category,
        products.order_count,
        products.gross_amount,
        products.returned_amount,
        {{ ratio('products.returned_amount', 'products.gross_amount') }} as return_share,
        {{ ratio(
            'categories.returned_amount - products.returned_amount',
            'categories.gross_amount - products.gross_amount'
        ) }} as others_return_share

    from products

    inner join categories
        on products.category = categories.category

    where products.order_count >= {{ fewest_orders }}

),

final as (

    select
        beside.product_id,
        beside.product_name,
        beside.category,
        beside.order_count,
        beside.gross_amount,
        beside.returned_amount,
        beside.return_share,
        beside.others_return_share,
        {{ money(
            'beside.returned_amount - beside.others_return_share * beside.gross_amount'
        ) }} as excess_amount,
        satisfaction.shrunk_rating,
        satisfaction.main_topic

    from beside

    left join satisfaction
        on beside.product_id = satisfaction.product_id

    where beside.return_share > beside.others_return_share

),

ranked as (

    select
        cast(
            row_number() over (
                order by
                    excess_amount desc,
                    product_id asc
            ) as int
        ) as place,
        *
    from final

)

select * from ranked
where place <= 100
order by place
