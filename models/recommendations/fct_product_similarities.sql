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

-- products are numbered in the order of their ids
ranked as (

    select
        similarities.as_of_date,
        similarities.method,
        similarities.product_index,
        similarities.neighbor_index,
        cast(similarities.similarity as decimal(18, 9)) as similarity,
        similarities.shared_buyer_count,
        cast(
            row_number() over (
                partition by
                    similarities.as_of_date, similarities.method, similarities.product_index
                order by
                    cast(similarities.similarity as decimal(18, 9)) desc,
                    similarities.shared_buyer_count desc nulls last,
                    similarities.neighbor_index asc
            ) as int
        ) as rank

    from similarities

    inner join dates
        on similarities.as_of_date = dates.as_of_date

    qualify rank <= {{ most }}

),

final as (

    select
        ranked.as_of_date,
        ranked.method,
        products.product_id,
        ranked.rank,
        neighbors.product_id as similar_product_id,
        names.product_name,
        similar_names.product_name as similar_product_name,
        ranked.similarity,
        ranked.shared_buyer_count,
        products.buyer_count,
        neighbors.buyer_count as similar_buyer_count,
        neighbors.is_still_sold as is_similar_still_sold

    from ranked

    inner join products
        on
            ranked.as_of_date = products.as_of_date
            and ranked.product_index = products.product_index

    inner join products as neighbors
        on
            ranked.as_of_date = neighbors.as_of_date
            and ranked.neighbor_index = neighbors.product_index

    inner join names
        on products.product_id = names.product_id

    inner join names as similar_names
        on neighbors.product_id = similar_names.product_id

)

select * from final
