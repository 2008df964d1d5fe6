{#- A table that is a text file: what the file is called in text_files. -#}
{%- set shop, labels = var('shop') or {}, {} -%}
{%- for table in shop_tables() -%}
    {%- set origin = (shop.get(table) or {}).get('from') -%}
    {%- set is_named = origin is string and origin in (shop.get('files') or {}) -%}
    {%- do labels.update({
        table: 'shop.files.' ~ origin if is_named else 'shop.' ~ table ~ '.from'
    }) -%}
{%- endfor -%}

-- what was counted in a text file is what came out of it
with

files as (

    select
        file_name,
        sum(record_count) as record_count
    from {{ source('shop_files', 'text_files') }}
    group by file_name

),

-- customers who are to be forgotten leave every table but these two
rows_read as (

    {%- for table, file_name in labels.items() %}
    {{ 'union all' if not loop.first }}
    select
        {{ dbt.string_literal(dbt.escape_single_quotes(file_name)) }} as file_name,
        count(*) + coalesce((
            select sum(row_count) from {{ source('shop_files', 'erasures') }}
            where
                table_name = '{{ table }}'
                and table_name not in ('order_lines', 'reviews')
        ), 0) as row_count
    from {{ ref('base_shop__' ~ table) }}
    {%- endfor %}

)

select
    files.file_name,
    files.record_count,
    rows_read.row_count
from files
inner join rows_read
    on files.file_name = rows_read.file_name
where files.record_count != rows_read.row_count
