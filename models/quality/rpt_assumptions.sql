{%- set erased = {
    'order_lines': 'a line of an erased customer is a guest\'\'s',
    'customers': 'an erased customer leaves',
    'events': 'what an erased customer did, or nobody known in their browser, leaves',
    'reviews': 'a review of an erased customer keeps its stars alone',
    'campaign_contacts': 'a contact with an erased customer leaves',
    'erased_customers': 'an id to erase that is in no table is nobody\'\'s',
} -%}

with

lines as (

    select * from {{ ref('stg_shop__order_lines') }}

),

order_parts as (

    select * from {{ ref('int_order_parts') }}

),

order_days as (

    select * from {{ ref('base_shop__order_days') }}

),

text_files as (

    select * from {{ source('shop_files', 'text_files') }}

),

erasures as (

    select * from {{ source('shop_files', 'erasures') }}

),

day_sums as (

    select
        sum(negative_discount_count) as negative_count,
        sum(positive_discount_count) as positive_count,
        sum(zoned_line_count) as zoned_count
    from order_days

),

assumptions as (

    select
        'order_lines' as table_name,
        'a price below zero on an order of that day is a discount' as assumption,
        count(*) as row_count
    from lines
    where line_kind = 'discount'

    union all

    select
        'order_lines' as table_name,
        'a quantity of zero with an amount is money given back' as assumption,
        count(*) as row_count
    from lines
    where
        line_kind = 'return'
        and quantity = 0

    union all

    select
        'order_lines' as table_name,
        'a line without a customer is of the order''s customer' as assumption,
        count(*) as row_count
    from order_parts
    where is_customer_taken

    union all

    select
        'order_lines' as table_name,
        'another customer on an order''s number is another order' as assumption,
        count(*) as row_count
    from order_parts
    where
        part_number > 1
        and not is_later_purchase

    union all

    select
        'order_lines' as table_name,
        'an order''s number long after its last purchase is another order' as assumption,
        count(*) as row_count
    from order_parts
    where
        part_number > 1
        and is_later_purchase

    union all

    select
        'order_lines' as table_name,
        'discounts have a minus sign' as assumption,
        case when negative_count > positive_count then negative_count else 0 end as row_count
    from day_sums

    union all

    select
        'order_lines' as table_name,
        'a discount of the other sign is none' as assumption,
        least(negative_count, positive_count) as row_count
    from day_sums

    union all

    select
        'order_lines' as table_name,
        'a time that names a zone keeps its own clock' as assumption,
        zoned_count as row_count
    from day_sums

    union all

    select
        'text_files' as table_name,
        'a quote that begins a value and is never closed is a character' as assumption,
        sum(text_quote_count) as row_count
    from text_files

    union all

    select
        'text_files' as table_name,
        'a line that is blank or a comment is no record' as assumption,
        sum(blank_line_count) as row_count
    from text_files

    union all

    select
        'text_files' as table_name,
        'a file that is not UTF-8 is in another encoding, which its bytes show' as assumption,
        sum(record_count) as row_count
    from text_files
    where
        encoding != 'utf-8'
        and not is_encoding_given

    {%- for table, words in erased.items() %}

    union all

    select
        '{{ table }}' as table_name,
        '{{ words }}' as assumption,
        sum(row_count) as row_count
    from erasures
    where table_name = '{{ table }}'
    {%- endfor %}

),

final as (

    select
        table_name,
        assumption,
        cast(coalesce(row_count, 0) as bigint) as row_count
    from assumptions

)

select * from final
