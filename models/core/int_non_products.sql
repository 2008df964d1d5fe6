{%- set given = var('non_product_pattern') -%}
{%- set patterns = given if given is mapping else {'product_id': given} -%}
{%- set columns = ['product_id'] + (patterns | reject('equalto', 'product_id') | list) -%}

with

-- a pattern is matched once per product (and name, and category), not once per line
sold as (

    select distinct
        {{ columns | join(',\n        ') }}
    from {{ ref('stg_shop__order_lines') }}

),

offered as (

    select
        product_id,
        product_name,
        category as product_category
    from {{ ref('stg_shop__products') }}

),

known as (

    select {{ columns | join(', ') }} from sold

    union all

    select {{ columns | join(', ') }} from offered

),

matched as (

    select distinct product_id from known

    where
        {% for column, pattern in patterns.items() -%}
        {{ 'or ' if not loop.first }}{{ matches(column, pattern) }}
        {%- if not loop.last %}
        {% endif %}
        {%- else -%}
        false
        {%- endfor %}

)

select * from matched
