with

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

customer_products as (

    select * from {{ ref('int_customer_products') }}

),

first_purchases as (

    select
        customer_id,
        product_id,
        min(known_as_of_date) as known_as_of_date

    from customer_products

    group by all

),

products as (

    select
        feature_dates.as_of_date,
        first_purchases.customer_id,
        cast(count(*) as bigint) as distinct_product_count

    from feature_dates

    inner join first_purchases
        on first_purchases.known_as_of_date <= feature_dates.as_of_date

    group by all

),

category_purchases as (

    select
        known_as_of_date,
        customer_id,
        product_category,
        sum(gross_amount) as gross_amount

    from customer_products

    where product_category is not null

    group by all

),

categories as (

    select
        feature_dates.as_of_date,
        category_purchases.customer_id,
        category_purchases.product_category,
        sum(category_purchases.gross_amount) as gross_amount

    from feature_dates

    inner join category_purchases
        on category_purchases.known_as_of_date <= feature_dates.as_of_date

    group by all

),

category_shares as (

    select
        as_of_date,
        customer_id,
        product_category,
        {{ ratio(
            'gross_amount', 'sum(gross_amount) over (partition by as_of_date, customer_id)'
        ) }} as category_share,
        row_number() over (
            partition by as_of_date, customer_id order by gross_amount desc, product_category asc
        ) as category_rank

    from categories

),

-- diversity is Gini and Simpson's: the chance that two units of money went to two categories
tastes as (

    select
        as_of_date,
        customer_id,
        cast(count(*) as bigint) as distinct_category_count,
        max(case when category_rank = 1 then product_category end) as favorite_category,
        max(case when category_rank = 1 then category_share end) as favorite_category_share,
        cast(
            1 - sum(cast(category_share * category_share as decimal(18, 6))) as decimal(18, 6)
        ) as category_diversity

    from category_shares

    group by all

),

final as (

    select
        products.as_of_date,
        products.customer_id,
        products.distinct_product_count,
        tastes.distinct_category_count,
        tastes.favorite_category,
        tastes.favorite_category_share,
        tastes.category_diversity

    from products

    left join tastes
        on
            products.as_of_date = tastes.as_of_date
            and products.customer_id = tastes.customer_id

)

select * from final
