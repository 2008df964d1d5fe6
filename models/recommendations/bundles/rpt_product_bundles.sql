{%- set min_baskets = var('bundle_min_baskets') -%}

with

lines as (

    select * from {{ ref('int_basket_lines') }}

),

frequent_products as (

    select distinct product_number from {{ ref('int_basket_products') }}

),

pairs as (

    select * from {{ ref('int_basket_pair_counts') }}

),

rules as (

    select * from {{ ref('fct_product_bundles') }}

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

baskets as (

    select
        order_id,
        min(product_id) != max(product_id) as has_two_products
    from lines

    group by order_id

),

basket_counts as (

    select
        count(*) as basket_count,
        count(*) filter (where has_two_products) as several_products_count
    from baskets

),

product_counts as (

    select count(*) as product_count from frequent_products

),

pair_counts as (

    select count(*) as pair_count from pairs

),

rule_counts as (

    select
        count(*) as rule_count,
        count(*) filter (where is_significant) as significant_rule_count
    from rules

),

final as (

    select
        today.as_of_date,
        cast(basket_counts.basket_count as bigint) as basket_count,
        cast(basket_counts.several_products_count as bigint) as several_products_count,
        cast(product_counts.product_count as bigint) as frequent_product_count,
        cast(pair_counts.pair_count as bigint) as frequent_pair_count,
        cast(rule_counts.rule_count as bigint) as rule_count,
        cast(rule_counts.significant_rule_count as bigint) as significant_rule_count,
        case
            when rule_counts.rule_count > 0 then null
            when basket_counts.basket_count = 0 then 'no product was sold'
            when basket_counts.several_products_count = 0 then 'no basket has two products'
            when basket_counts.several_products_count < {{ min_baskets }}
                then 'baskets with two products: '
                    || cast(basket_counts.several_products_count as string)
                    || '; a bundle needs {{ min_baskets }} (bundle_min_baskets)'
            when product_counts.product_count < 2
                then 'no two products are in {{ min_baskets }} baskets each (bundle_min_baskets)'
            when pair_counts.pair_count = 0
                then 'no two products are in {{ min_baskets }} baskets together'
                    || ' (bundle_min_baskets)'
            else 'no two products are in one basket more often than by chance'
        end as reason_for_none

    from today

    cross join basket_counts

    cross join product_counts

    cross join pair_counts

    cross join rule_counts

)

select * from final
