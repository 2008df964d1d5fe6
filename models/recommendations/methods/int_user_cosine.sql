{%- set by_pearson = var('user_similarity') == 'pearson' -%}

with

-- numbers in place of the columns that tell rows apart: the joins below have a hundred million rows
scores as (

    select
        *,
        row_number() over (
            order by as_of_date, customer_index, product_index
        ) as score_number
    from {{ ref('ml_user_cosine') }}

),

similarities as (

    select
        *,
        row_number() over (
            order by as_of_date, customer_index, neighbor_index
        ) as similarity_number
    from {{ ref('ml_customer_similarities') }}

),

cells as (

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

matrix as (

    select
        as_of_date,
        customer_index,
        product_index,
        recent_value,
        value / nullif(
            sqrt(sum(cast(value * value as decimal(18, 9))) over (
                partition by as_of_date, customer_index
            )), 0
        ) as value
    from cells

),

-- a similarity is the sum over the products that both have of one's value times the other's
shared_products as (

    select
        similarities.similarity_number,
        mine.product_index,
        mine.value * theirs.value as part

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

-- the neighbors who have what is scored
neighbors as (

    select
        scores.score_number,
        similarities.similarity_number,
        theirs.recent_value

    from scores

    inner join similarities
        on
            scores.as_of_date = similarities.as_of_date
            and scores.customer_index = similarities.customer_index

    inner join matrix as theirs
        on
            scores.as_of_date = theirs.as_of_date
            and similarities.neighbor_index = theirs.customer_index
            and scores.product_index = theirs.product_index

),

sums as (

    select
        neighbors.score_number,
        shared_products.product_index as reason_product_index,
        sum({{ contribution('shared_products.part * neighbors.recent_value') }}) as contribution

    from neighbors

    inner join shared_products
        on neighbors.similarity_number = shared_products.similarity_number

    group by
        neighbors.score_number,
        shared_products.product_index

),

contributions as (

    select
        scores.as_of_date,
        scores.customer_index,
        scores.product_index,
        sums.reason_product_index,
        sums.contribution

    from scores

    inner join sums
        on scores.score_number = sums.score_number

    where sums.contribution > 0

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
