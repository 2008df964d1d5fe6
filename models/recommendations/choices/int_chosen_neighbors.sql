{{ config(materialized='view') }}

with

neighbors as (

    select * from {{ ref('int_product_neighbors') }}

),

chosen as (

    select * from {{ ref('int_chosen_methods') }}

),

final as (

    select
        neighbors.as_of_date,
        neighbors.method,
        neighbors.product_index,
        neighbors.neighbor_index,
        neighbors.similarity,
        neighbors.shared_buyer_count

    from neighbors

    inner join chosen
        on
            neighbors.as_of_date = chosen.as_of_date
            and neighbors.method = chosen.method
            and neighbors.setting = chosen.setting

)

select * from final
