with

dates as (

    select * from {{ ref('int_profile_dates') }}

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
        dates.as_of_date,
        product_days.customer_id,
        coalesce(product_days.product_category, products.category) as category,
        products.brand,
        case
            when product_days.unit_count > 0
                then {{ ratio('product_days.gross_amount', 'product_days.unit_count') }}
        end as price

    from dates

    inner join product_days
        on dates.as_of_date > product_days.order_date

    left join products
        on product_days.product_id = products.product_id

),

-- thirds of what the shop sold, by price
thirds as (

    select
        as_of_date,
        percentile_disc(0.333333) within group (order by price) as low,
        percentile_disc(0.666667) within group (order by price) as high
    from bought

    group by as_of_date

),

-- aggregated before it is made long
counts as (

    select
        bought.as_of_date,
        bought.customer_id,
        bought.category,
        bought.brand,
        case
            when bought.price <= thirds.low then 'low'
            when bought.price <= thirds.high then 'middle'
            when bought.price is not null then 'high'
        end as price_band,
        count(*) as purchase_count

    from bought

    inner join thirds
        on bought.as_of_date = thirds.as_of_date

    group by
        bought.as_of_date,
        bought.customer_id,
        bought.category,
        bought.brand,
        case
            when bought.price <= thirds.low then 'low'
            when bought.price <= thirds.high then 'middle'
            when bought.price is not null then 'high'
        end

),

long as (

    {% for kind in ['category', 'brand', 'price_band'] -%}
    select
        as_of_date,
        customer_id,
        '{{ kind }}' as kind,
        {{ kind }} as label,
        cast(sum(purchase_count) as bigint) as purchase_count
    from counts

    where {{ kind }} is not null

    group by
        as_of_date,
        customer_id,
        {{ kind }}

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

shop_counts as (

    select
        as_of_date,
        kind,
        label,
        sum(purchase_count) as purchase_count
    from long

    group by
        as_of_date,
        kind,
        label

),

shop_shares as (

    select
        as_of_date,
        kind,
        label,
        {{ ratio(
            'purchase_count', 'sum(purchase_count) over (partition by as_of_date, kind)'
        ) }} as shop_share
    from shop_counts

),

shares as (

    select
        *,
        {{ ratio(
            'purchase_count',
            'sum(purchase_count) over (partition by as_of_date, customer_id, kind)'
        ) }} as share
    from long

),

final as (

    select
        shares.as_of_date,
        shares.customer_id,
        shares.kind,
        shares.label,
        shares.purchase_count,
        shares.share,
        shop_shares.shop_share,
        {{ ratio('shares.share', 'shop_shares.shop_share') }} as lift,
        cast(row_number() over (
            partition by shares.as_of_date, shares.customer_id, shares.kind
            order by
                shares.share - shop_shares.shop_share desc,
                shares.purchase_count desc,
                shares.label asc
        ) as int) as affinity_rank

    from shares

    inner join shop_shares
        on
            shares.as_of_date = shop_shares.as_of_date
            and shares.kind = shop_shares.kind
            and shares.label = shop_shares.label

)

select * from final
