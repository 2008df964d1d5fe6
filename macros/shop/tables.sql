{#- The contract's tables, in the order in which they are told of. -#}
{% macro shop_tables() %}
    {{ return(['order_lines', 'customers', 'products', 'events', 'reviews', 'campaign_contacts']) }}
{% endmacro %}
