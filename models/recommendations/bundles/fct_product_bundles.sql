with

pairs as (

    select * from {{ ref('int_basket_pairs') }}

),

triples as (

    select * from {{ ref('int_basket_triples') }}

),

frequent_triples as (

    select * from triples
    where basket_count >= {{ var('bundle_min_baskets') }}

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

names as (

    select * from {{ ref('dim_products') }}

),

products as (

    select distinct
        product_id,
        product_number,
        product_basket_count,
        basket_total
    from {{ ref('int_basket_products') }}

),

pair_tests as (

    select coalesce(max(test_count), 0) as test_count from pairs

),

triple_tests as (

    select count(*) as test_count from triples

),

tests as (

    select pair_tests.test_count + 3 * triple_tests.test_count as test_count

    from pair_tests

    cross join triple_tests

),

-- who buys the first is offered the other, in both directions
rules as (

    select
        product_1 as antecedent_number,
        cast(null as int) as second_number,
        product_2 as consequent_number,
        basket_count
    from pairs

    union all

    select
        product_2 as antecedent_number,
        cast(null as int) as second_number,
        product_1 as consequent_number,
        basket_count
    from pairs

    {% for first, second, third in [(1, 2, 3), (1, 3, 2), (2, 3, 1)] -%}
    union all

    select
        product_{{ first }} as antecedent_number,
        product_{{ second }} as second_number,
        product_{{ third }} as consequent_number,
        basket_count
    from frequent_triples

    {% endfor %}
),

counted as (

    select
        rules.*,
        products.basket_total,
        case
            when rules.second_number is null then products.product_basket_count
            else pairs.basket_count
        end as antecedent_basket_count,
        consequents.product_basket_count as consequent_basket_count

    from rules

    inner join products
        on rules.antecedent_number = products.product_number

    inner join products as consequents
        on rules.consequent_number = consequents.product_number

    left join pairs
        on
            rules.antecedent_number = pairs.product_1
            and rules.second_number = pairs.product_2

),

measured as (

    select
        *,
        basket_count / cast(antecedent_basket_count as double) as confidence,
        consequent_basket_count / cast(basket_total as double) as consequent_share,
        {{ chi_squared(
            'basket_count', 'antecedent_basket_count', 'consequent_basket_count', 'basket_total'
        ) }} as chi_squared

    from counted

),

-- a product is a strong partner of many where it is among the strongest of each of them
ranked as (

    select
        measured.*,
        products.product_id as consequent_product_id,
        cast(row_number() over (
            partition by measured.antecedent_number, measured.second_number
            order by measured.chi_squared desc nulls last, measured.consequent_number asc
        ) as int) as rank

    from measured

    inner join products
        on measured.consequent_number = products.product_number

),

strongest as (

    select * from ranked
    where rank <= {{ bundle_count() }}

),

final as (

    select
        today.as_of_date,
        antecedents.product_id as antecedent_product_id,
        seconds.product_id as second_product_id,
        strongest.consequent_product_id,
        strongest.rank,
        antecedent_names.product_name as antecedent_product_name,
        second_names.product_name as second_product_name,
        consequent_names.product_name as consequent_product_name,
        strongest.basket_count,
        strongest.antecedent_basket_count,
        strongest.consequent_basket_count,
        {{ ratio('strongest.basket_count', 'strongest.basket_total') }} as support,
        {{ ratio('strongest.basket_count', 'strongest.antecedent_basket_count') }} as confidence,
        {{ ratio(
            'strongest.basket_count', 'strongest.consequent_basket_count'
        ) }} as reverse_confidence,
        {{ ratio('strongest.confidence', 'strongest.consequent_share') }} as lift,
        {{ ratio('1 - strongest.consequent_share', '1 - strongest.confidence') }} as conviction,
        cast(strongest.chi_squared as decimal(18, 6)) as chi_squared,
        least(
            1, {{ chi_squared_p_value('strongest.chi_squared') }} * tests.test_count
        ) as corrected_p_value,
        coalesce(
            strongest.confidence > strongest.consequent_share
            and {{ chi_squared_p_value('strongest.chi_squared') }} * tests.test_count < 0.05, false
        ) as is_significant,
        {{ money(
            'antecedent_names.median_unit_price + consequent_names.median_unit_price'
            ~ ' + coalesce(second_names.median_unit_price, 0)'
        ) }} as bundle_amount,
        antecedent_names.category as antecedent_category,
        consequent_names.category as consequent_category,
        antecedent_names.category != consequent_names.category as is_cross_category

    from strongest

    cross join today

    cross join tests

    inner join products as antecedents
        on strongest.antecedent_number = antecedents.product_number

    left join products as seconds
        on strongest.second_number = seconds.product_number

    left join names as antecedent_names
        on antecedents.product_id = antecedent_names.product_id

    left join names as consequent_names
        on strongest.consequent_product_id = consequent_names.product_id

    left join names as second_names
        on seconds.product_id = second_names.product_id

)

select * from final
