{{ config(materialized='view') }}

{% for name, method in recommendation_methods().items() if method.kind == 'neighbors' -%}
select
    as_of_date,
    '{{ name }}' as method,
    {{ 'setting' if method.settings | length > 1 else 'cast(0 as int) as setting' }},
    product_index,
    neighbor_index,
    similarity,
    {{ 'shared_buyer_count' if method.counts_buyers else 'cast(null as bigint)' }}
    as shared_buyer_count
from {{ method_relation(method) }}

{{ 'union all' if not loop.last }}

{% endfor %}
