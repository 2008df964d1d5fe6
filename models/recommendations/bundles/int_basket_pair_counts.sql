with

baskets as (

    select * from {{ ref('int_basket_products') }}

),

products as (

    select distinct
        product_number,
        product_basket_count,
        basket_total
    from baskets

),

counts as (

    select
        one.product_number as product_1,
        other.product_number as product_2,
        count(*) as basket_count

    from baskets as one

    inner join baskets as other
        on
            one.order_number = other.order_number
            and one.product_number < other.product_number

    group by
        one.product_number,
        other.product_number

),

tested as (

    select
        counts.*,
        count(*) over () as test_count
    from counts

),

final as (

    select
        tested.product_1,
        tested.product_2,
        cast(tested.basket_count as bigint) as basket_count,
        cast(tested.test_count as bigint) as test_count,
        cast(one.product_basket_count as double) * other.product_basket_count
        / one.basket_total as expected_count,
        {{ chi_squared(
            'tested.basket_count', 'one.product_basket_count', 'other.product_basket_count',
            'one.basket_total'
        ) }} as chi_squared

    from tested

    inner join products as one
        on tested.product_1 = one.product_number

    inner join products as other
        on tested.product_2 = other.product_number

    where tested.basket_count >= {{ var('bundle_min_baskets') }}

)

select * from final
