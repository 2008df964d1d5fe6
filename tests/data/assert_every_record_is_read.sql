{#- The tables of the shop that are text files, each with what its files are called. -#}
{%- set shop, tables = var('shop'), {} -%}
{%- for table in shop_tables() if execute and shop.get(table) -%}
    {%- set origin = shop[table]['from'] -%}
    {%- set is_named = origin is string and origin in (shop.get('files') or {}) -%}
    {%- do tables.update({
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

rows_read as (

    select
        cast(null as string) as file_name,
        cast(null as bigint) as row_count
    where false
    {%- for table, file_name in tables.items() %}

    union all

    select
        {{ dbt.string_literal(dbt.escape_single_quotes(file_name)) }} as file_name,
        count(*) as row_count
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
