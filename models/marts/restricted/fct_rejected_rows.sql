{%- set tables = ['order_lines', 'customers', 'products', 'events', 'reviews', 'campaign_contacts'] -%}

with

rejected as (

    {% for table in tables -%}
    select
        '{{ table }}' as table_name,
        rejection_reason,
        raw_row
    from {{ ref('base_shop__' ~ table) }}
    where rejection_reason is not null

    {{ 'union all' if not loop.last }}

    {% endfor %}
)

select * from rejected
