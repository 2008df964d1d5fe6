{%- set most = 10 -%}  {#- as many as a product page shows -#}

with

similarities as (

    select * from {{ ref('int_chosen_neighbors') }}
    where similarity > 0

),

dates as (

    select as_of_date from {{ ref('int_recommendation_dates') }}
    where is_published

),

products as (

    select * from {{ ref('int_product_trends') }}

),

names as (

    select * from {{ ref('dim_products') }}

),

named as (

    select
        similarities.as_of_date,
        similarities.method,
        products.product_id,
        neighbors.product_id as similar_product_id,
        similarities.similarity,
        similarities.shared_buyer_count,
        products.buyer_count,
        neighbors.buyer_count as similar_buyer_count,
        neighbors.is_still_sold as is_similar_still_sold

    from similarities

    inner join dates
        on similarities.as_of_date = dates.as_of_date

    inner join products
        on
            similarities.as_of_date = products.as_of_date
            and similarities.product_index = products.product_index

    inner join products as neighbors
        on
            similarities.as_of_date = neighbors.as_of_date
            and similarities.neighbor_index = neighbors.product_index

),

ranked as (

    select
        *,
        cast(
            row_number() over (
                partition by as_of_date, method, product_id
                order by
                    cast(similarity as decimal(18, 9)) desc,
                    shared_buyer_count desc nulls last,
                    similar_product_id asc
            ) as int
        ) as rank
    from named

    qualify rank <= {{ most }}

),

final as (

    select
        ranked.as_of_date,
        ranked.method,
        ranked.product_id,
        ranked.rank,
        ranked.similar_product_id,
        names.product_name,
        similar_names.product_name as similar_product_name,
        cast(ranked.similarity as decimal(18, 9)) as similarity,
        ranked.shared_buyer_count,
        ranked.buyer_count,
        ranked.similar_buyer_count,
        ranked.is_similar_still_sold

    from ranked

    inner join names
        on ranked.product_id = names.product_id

    inner join names as similar_names
        on ranked.similar_product_id = similar_names.product_id

)

select * from final
