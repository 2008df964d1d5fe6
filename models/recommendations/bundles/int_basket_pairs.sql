with

measured as (

    select * from {{ ref('int_basket_pair_counts') }}

),

-- seen from both products, each with its strongest partners
directed as (

    select
        product_1 as product,
        product_2 as partner,
        chi_squared,
        product_1,
        product_2,
        basket_count,
        test_count
    from measured

    where basket_count > expected_count

    union all

    select
        product_2 as product,
        product_1 as partner,
        chi_squared,
        product_1,
        product_2,
        basket_count,
        test_count
    from measured

    where basket_count > expected_count

),

strongest as (

    select
        product_1,
        product_2,
        basket_count,
        test_count
    from directed

    qualify row_number() over (
        partition by product order by chi_squared desc, partner asc
    ) <= {{ bundle_count() }}

),

final as (

    select distinct
        product_1,
        product_2,
        basket_count,
        test_count
    from strongest

)

select * from final
