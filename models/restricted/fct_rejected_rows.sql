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
),

numbered as (

    select
        table_name,
        cast(row_number() over (
            partition by table_name order by rejection_reason, raw_row nulls last
        ) as bigint) as rejection_number,
        rejection_reason,
        raw_row

    from rejected

)

select * from numbered
