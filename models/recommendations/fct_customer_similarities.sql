{%- set most = 50 -%}

with

similarities as (

    select
        *,
        row_number() over (
            partition by as_of_date, customer_index
            order by cast(similarity as decimal(12, 9)) desc, neighbor_index asc
        ) as rank
    from {{ ref('ml_customer_similarities') }}

),

dates as (

    select as_of_date from {{ ref('int_recommendation_dates') }}
    where is_published

),

customers as (

    select * from {{ ref('int_recommendation_customers') }}

),

final as (

    select
        similarities.as_of_date,
        customers.customer_id,
        cast(similarities.rank as int) as rank,
        neighbors.customer_id as similar_customer_id,
        cast(similarities.similarity as decimal(12, 9)) as similarity

    from similarities

    inner join dates
        on similarities.as_of_date = dates.as_of_date

    inner join customers
        on
            similarities.as_of_date = customers.as_of_date
            and similarities.customer_index = customers.customer_index

    inner join customers as neighbors
        on
            similarities.as_of_date = neighbors.as_of_date
            and similarities.neighbor_index = neighbors.customer_index

    where similarities.rank <= {{ most }}

)

select * from final
