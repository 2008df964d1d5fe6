{{ config(materialized='view') }}

{% for method, model in var('neighbor_methods').items() -%}
select
    as_of_date,
    '{{ method }}' as method,
    product_index,
    neighbor_index,
    similarity,
    {{ 'shared_buyer_count' if model == 'ml_item_cosine' else 'cast(null as bigint)' }}
    as shared_buyer_count
from {{ ref(model) }}

{%- if model == 'ml_item_cosine' %}

where shared_buyer_count >= {{ var('min_shared_buyers') }}
{%- endif %}

{{ 'union all' if not loop.last }}

{% endfor %}
