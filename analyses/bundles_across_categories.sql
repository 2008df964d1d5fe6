-- Which two products of different categories should be bundled?
with

bundles as (

    select * from {{ ref('fct_product_bundles') }}
    where
        is_cross_category
        and is_significant
        and second_product_id is null

),

products as (

    select * from {{ ref('dim_products') }}
    where is_still_sold

),

-- a pair may be a rule in both directions: the one that holds more often tells what to add to what
pairs as (

    select * from bundles

    qualify row_number() over (
        partition by
            least(antecedent_product_id, consequent_product_id),
            greatest(antecedent_product_id, consequent_product_id)
        order by confidence desc, antecedent_product_id asc
    ) = 1

),

final as (

    select
        pairs.antecedent_product_id as product_id,
        pairs.antecedent_product_name as product_name,
        pairs.antecedent_category as category,
        pairs.consequent_product_id as added_product_id,
        pairs.consequent_product_name as added_product_name,
        pairs.consequent_category as added_category,
        pairs.basket_count,
        {{ ratio('pairs.basket_count', 'pairs.lift') }} as basket_count_by_chance,
        pairs.confidence,
        pairs.lift,
        pairs.bundle_amount

    from pairs

    inner join products
        on pairs.antecedent_product_id = products.product_id

    inner join products as added_products
        on pairs.consequent_product_id = added_products.product_id

),

ranked as (

    select
        cast(
            row_number() over (
                order by
                    basket_count - basket_count_by_chance desc,
                    product_id asc,
                    added_product_id asc
            ) as int
        ) as place,
        *
    from final

)

select * from ranked
where place <= 100
order by place
