with

rejected as (

    {% for table in shop_tables() -%}
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
