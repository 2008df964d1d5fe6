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

-- the pairs that are in a basket, as they are
together as (

    select
        one.order_number,
        pairs.product_1,
        pairs.product_2

    from baskets as one

    inner join baskets as other
        on
            one.order_number = other.order_number
            and one.product_number < other.product_number

    inner join pairs
        on
            one.product_number = pairs.product_1
            and other.product_number = pairs.product_2

),

counts as (

    select
        one.product_1,
        one.product_2,
        other.product_2 as product_3,
        count(*) as basket_count

    from together as one

    inner join together as other
        on
            one.order_number = other.order_number
            and one.product_1 = other.product_1
            and one.product_2 < other.product_2

    group by
        one.product_1,
        one.product_2,
        other.product_2

),

final as (

    select
        triples.product_1,
        triples.product_2,
        triples.product_3,
        cast(coalesce(counts.basket_count, 0) as bigint) as basket_count

    from triples

    left join counts
        on
            triples.product_1 = counts.product_1
            and triples.product_2 = counts.product_2
            and triples.product_3 = counts.product_3

)

select * from final
