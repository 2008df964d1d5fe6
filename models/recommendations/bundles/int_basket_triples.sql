with

baskets as (

    select * from {{ ref('int_basket_products') }}

),

pairs as (

    select * from {{ ref('int_basket_pairs') }}

),

-- three products, each two of which are strong partners
triples as (

    select
        one.product_1,
        one.product_2,
        other.product_2 as product_3

    from pairs as one

    inner join pairs as other
        on one.product_2 = other.product_1

    inner join pairs as outer_pairs
        on
            one.product_1 = outer_pairs.product_1
            and other.product_2 = outer_pairs.product_2

),

together as (

    select
        first_baskets.order_id,
        first_baskets.product_number as product_1,
        second_baskets.product_number as product_2

    from pairs

    inner join baskets as first_baskets
        on pairs.product_1 = first_baskets.product_number

    inner join baskets as second_baskets
        on
            first_baskets.order_id = second_baskets.order_id
            and pairs.product_2 = second_baskets.product_number

),

final as (

    select
        triples.product_1,
        triples.product_2,
        triples.product_3,
        cast(count(baskets.order_id) as bigint) as basket_count

    from triples

    left join together
        on
            triples.product_1 = together.product_1
            and triples.product_2 = together.product_2

    left join baskets
        on
            together.order_id = baskets.order_id
            and triples.product_3 = baskets.product_number

    group by
        triples.product_1,
        triples.product_2,
        triples.product_3

)

select * from final
