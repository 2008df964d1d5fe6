{%- set neighbor_methods = [] -%}
{%- for name, method in recommendation_methods().items() if method.kind == 'neighbors' -%}
    {%- do neighbor_methods.append(name) -%}
{%- endfor -%}
{#- Contribution and product travel as one whole number, whose maximum is far cheaper than that of
    two columns; of equal contributions the lower product wins. -#}
{%- set places = 1000000 -%}

with

shown as (

    select * from {{ ref('int_shown_candidates') }}

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
-- is common to all; one method at a time, with its neighbors read where they are joined, so that
-- memory does not grow with the number of methods
{% for method in neighbor_methods -%}
{{ method }}_contributions as (

    select
        shown.as_of_date,
        shown.customer_index,
        shown.product_index,
        matrix.product_index as reason_product_index,
        {{ contribution('matrix.weight * neighbors.similarity') }} as contribution

    from {{ ref('int_shown_candidates') }} as shown

    inner join matrix
        on
            shown.as_of_date = matrix.as_of_date
            and shown.customer_index = matrix.customer_index

    inner join {{ ref('int_chosen_neighbors') }} as neighbors
        on
            shown.as_of_date = neighbors.as_of_date
            and matrix.product_index = neighbors.product_index
            and shown.product_index = neighbors.neighbor_index

    where
        shown.method = '{{ method }}'
        and neighbors.method = '{{ method }}'
        and neighbors.similarity > 0

),

{{ method }}_reasons as (

    select
        as_of_date,
        '{{ method }}' as method,
        customer_index,
        product_index,
        max(
            contribution * {{ places }} + ({{ places - 1 }} - reason_product_index)
        ) as largest,
        sum(contribution) as contribution_sum
    from {{ method }}_contributions

    group by
        as_of_date,
        customer_index,
        product_index

),

{% endfor -%}
reasons as (

    {% for method in neighbor_methods -%}
    select
        as_of_date,
        method,
        customer_index,
        product_index,
        cast({{ places - 1 }} - largest % {{ places }} as int) as reason_product_index,
        {{ ratio(
            '(largest - largest % ' ~ places ~ ') / cast(' ~ places ~ ' as double)',
            'contribution_sum'
        ) }} as reason_share
    from {{ method }}_reasons

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

final as (

    select
        shown.as_of_date,
        shown.method,
        shown.customer_index,
        shown.product_index,
        shown.score,
        shown.rank,
        shown.list,
        shown.list_rank,
        shown.list_score,
        shown.is_sampled,
        coalesce(shown.reason_product_index, reasons.reason_product_index) as reason_product_index,
        coalesce(shown.reason_share, reasons.reason_share) as reason_share

    from shown

    left join reasons
        on
            shown.as_of_date = reasons.as_of_date
            and shown.method = reasons.method
            and shown.customer_index = reasons.customer_index
            and shown.product_index = reasons.product_index

)

select * from final
