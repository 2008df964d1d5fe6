{%- set by_pearson = var('user_similarity') == 'pearson' -%}

with

scores as (

    select * from {{ ref('ml_user_cosine') }}

),

similarities as (

    select * from {{ ref('ml_customer_similarities') }}

),

matrix as (

    select
        as_of_date,
        customer_index,
        product_index,
        recent_value,
        value
        {%- if by_pearson %} - avg(value) over (partition by as_of_date, customer_index){% endif %}
        as value
    from {{ ref('int_interaction_matrix') }}

    where value != 0

),

-- what each product that two customers share gave to their similarity
shared_products as (

    select
        similarities.as_of_date,
        similarities.customer_index,
        similarities.neighbor_index,
        mine.product_index,
        similarities.similarity * mine.value * theirs.value
        / nullif(sum(mine.value * theirs.value) over (
            partition by
                similarities.as_of_date, similarities.customer_index, similarities.neighbor_index
        ), 0) as part

    from similarities

    inner join matrix as mine
        on
            similarities.as_of_date = mine.as_of_date
            and similarities.customer_index = mine.customer_index

    inner join matrix as theirs
        on
            similarities.as_of_date = theirs.as_of_date
            and similarities.neighbor_index = theirs.customer_index
            and mine.product_index = theirs.product_index

),

contributions as (

    select
        scores.as_of_date,
        scores.customer_index,
        scores.product_index,
        shared_products.product_index as reason_product_index,
        sum({{ contribution('shared_products.part * theirs.recent_value') }}) as contribution

    from scores

    inner join shared_products
        on
            scores.as_of_date = shared_products.as_of_date
            and scores.customer_index = shared_products.customer_index

    inner join matrix as theirs
        on
            scores.as_of_date = theirs.as_of_date
            and shared_products.neighbor_index = theirs.customer_index
            and scores.product_index = theirs.product_index

    group by
        scores.as_of_date,
        scores.customer_index,
        scores.product_index,
        shared_products.product_index

    having contribution > 0

),

reasons as (

    {{ largest_contributions('contributions', 'user_cosine') | indent(4) }}

),

final as (

    select
        scores.as_of_date,
        scores.customer_index,
        scores.product_index,
        scores.score,
        reasons.reason_product_index,
        reasons.reason_share

    from scores

    left join reasons
        on
            scores.as_of_date = reasons.as_of_date
            and scores.customer_index = reasons.customer_index
            and scores.product_index = reasons.product_index

)

select * from final
