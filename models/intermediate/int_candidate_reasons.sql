{#- Methods without neighbors of products are explained by the first that has them. -#}
{%- set without_neighbors = var('customer_methods').keys()
    | reject('in', personal_methods() + ['popular', 'popular_in_group']) | list -%}
{#- A contribution and the product that it comes from travel as one whole number, the first in
    billionths: its maximum is far cheaper than that of two columns, and of equal contributions the
    lower number wins. -#}
{%- set places = 1000000 -%}

with

candidates as (

    select
        as_of_date,
        method,
        customer_index,
        product_index
    from {{ ref('int_candidates') }}

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
contributions_{{ loop.index }} as (

    select
        candidates.as_of_date,
        candidates.method,
        candidates.customer_index,
        candidates.product_index,
        matrix.product_index as reason_product_index,
        cast(
            least(matrix.weight * neighbors.similarity, 9000) * 1000000000 as bigint
        ) as contribution

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
        neighbors.method = '{{ method }}'
        and candidates.method in (
            {{ text_list([method] + (without_neighbors if loop.first else [])) }}
        )

),

{% endfor -%}
sums as (

    {% for method in var('neighbor_methods') -%}
    select
        as_of_date,
        method,
        customer_index,
        product_index,
        max(
            contribution * {{ places }} + ({{ places - 1 }} - reason_product_index)
        ) as largest,
        sum(contribution) as contribution_sum
    from contributions_{{ loop.index }}

    group by
        as_of_date,
        method,
        customer_index,
        product_index

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

reasons as (

    select
        as_of_date,
        method,
        customer_index,
        product_index,
        cast({{ places - 1 }} - largest % {{ places }} as int) as reason_product_index,
        {{ ratio('floor(largest / ' ~ places ~ ')', 'contribution_sum') }} as reason_share

    from sums

)

select * from reasons
