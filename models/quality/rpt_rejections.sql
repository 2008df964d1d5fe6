with

row_counts as (

    {% for table in shop_tables() -%}
    select
        '{{ table }}' as table_name,
        rejection_reason,
        count(*) as row_count
    from {{ ref('base_shop__' ~ table) }}
    group by all

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

totals as (

    select
        table_name,
        sum(row_count) as row_count
    from row_counts

    group by table_name

),

final as (

    select
        row_counts.table_name,
        coalesce(row_counts.rejection_reason, 'accepted') as reason,
        cast(row_counts.row_count as bigint) as row_count,
        {{ ratio('row_counts.row_count', 'totals.row_count') }} as row_share

    from row_counts

    inner join totals
        on row_counts.table_name = totals.table_name

)

select * from final
