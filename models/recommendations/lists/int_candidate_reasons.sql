with

candidates as (

    select * from {{ ref('int_candidates') }}

),

neighbors as (

    select * from {{ ref('int_product_neighbors') }}
    where similarity > 0

),

matrix as (

    select
        as_of_date,
        customer_index,
        product_index,
        weight
    from {{ ref('int_interaction_matrix') }}

    where
        is_listed
        and weight > 0

),

-- what each product that the customer has gave to the score, before the trend of the product, which
-- is common to all; one method at a time, so that memory does not grow with their number
{% for method in var('neighbor_methods') -%}
{{ method }}_contributions as (

    select
        candidates.as_of_date,
        candidates.customer_index,
        candidates.product_index,
        matrix.product_index as reason_product_index,
        {{ contribution('matrix.weight * neighbors.similarity') }} as contribution

    from candidates

    inner join matrix
        on
            candidates.as_of_date = matrix.as_of_date
            and candidates.customer_index = matrix.customer_index

    inner join neighbors
        on
            candidates.as_of_date = neighbors.as_of_date
            and matrix.product_index = neighbors.product_index
            and candidates.product_index = neighbors.neighbor_index

    where
        candidates.method = '{{ method }}'
        and neighbors.method = '{{ method }}'

),

{% endfor -%}
reasons as (

    {% for method in var('neighbor_methods') -%}
    {{ largest_contributions(method ~ '_contributions', method) | indent(4) }}

    union all

    {% endfor -%}
    select
        as_of_date,
        method,
        customer_index,
        product_index,
        reason_product_index,
        reason_share
    from candidates

    where reason_product_index is not null

)

select * from reasons
