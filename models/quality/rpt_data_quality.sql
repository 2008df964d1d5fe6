{%- set contract = shop_contract() if execute else {} -%}

with

{% for table in shop_tables() -%}
{{ table }}_values as (

    select * from {{ source('shop', table) }} where unreadable_reason is null

),

{% if execute -%}
{%- set columns = contract[table].columns -%}
{{ table }}_counts as (

    select
        count(*) as row_count
        {%- for name, column in columns.items() %},
        count({{ name }}) as {{ name }}_given,
        count(distinct {{ name }}) as {{ name }}_distinct,
        count({{ cast_text(name, column.data_type) }}) as {{ name }}_valid
        {%- endfor %}

    from {{ table }}_values

),

-- the numbers alone: what is read more than once is kept in memory
{{ table }}_numbers as (

    select
        {%- for name, column in columns.items() if column.data_type.startswith('decimal') %}
        abs({{ cast_text(name, column.data_type) }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}

    from {{ source('shop', table) }}

),

{% for name, column in columns.items() if column.data_type.startswith('decimal') -%}
{{ outlier_bounds(table ~ '_' ~ name, table ~ '_numbers', name) }},

{{ table }}_{{ name }}_outliers as (

    select count(*) as outlier_count

    from {{ table }}_numbers

    cross join {{ table }}_{{ name }}_bounds

    where
        {{ name }} > 0
        and {{ name }} not between low and high

),

{% endfor -%}
{%- endif -%}
{%- endfor %}

columns as (

    {% if execute -%}
    {%- for table in shop_tables() -%}
    {%- set last_table = loop.last -%}
    {%- for name, column in contract[table].columns.items() -%}
    {%- set is_number = column.data_type.startswith('decimal') -%}
    select
        '{{ table }}' as table_name,
        '{{ name }}' as column_name,
        cast(row_count as bigint) as row_count,
        {{ ratio('row_count - ' ~ name ~ '_given', 'row_count') }} as null_share,
        cast({{ name }}_distinct as bigint) as distinct_count,
        {{ ratio(name ~ '_given - ' ~ name ~ '_valid', 'row_count') }} as invalid_share,
        {{ ratio(name ~ '_given - ' ~ name ~ '_distinct', name ~ '_given') }} as duplicate_share,
        {% if is_number -%}
        {{ ratio('outlier_count', name ~ '_given') }} as outlier_share
        {%- else -%}
        cast(null as decimal(18, 6)) as outlier_share
        {%- endif %}
    from {{ table }}_counts
    {%- if is_number %}
    cross join {{ table }}_{{ name }}_outliers
    {%- endif %}

    {{ 'union all' if not (last_table and loop.last) }}

    {% endfor -%}
    {%- endfor -%}
    {%- endif %}
)

select * from columns
