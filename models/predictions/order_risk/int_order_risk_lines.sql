{%- set sums = [
    {'name': 'line_count', 'value': '1'},
    {'name': 'log_quantity_sum', 'value': 'log_quantity'},
    {'name': 'log_quantity_square_sum',
     'value': 'cast(log_quantity * log_quantity as decimal(18, 9))'},
    {'name': 'log_price_sum', 'value': 'log_price'}
] -%}

with

-- up to the time of the line, and below less what is of the same time: a window that ends before it
-- costs four times as much
lines as (

    select
        *,
        {%- for sum in sums %}
        sum({{ sum.value }}) over up_to_here as {{ sum.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_placed_lines') }}

    window up_to_here as (
        partition by product_id order by placed_at
        range between unbounded preceding and current row
    )

),

lines_of_one_time as (

    select
        product_id,
        placed_at,
        {%- for sum in sums %}
        sum({{ sum.value }}) as {{ sum.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_placed_lines') }}

    group by
        product_id,
        placed_at

    having count(*) > 1

),

histories as (

    select * from {{ ref('int_order_histories') }}

),

products as (

    select
        product_id,
        list_price
    from {{ ref('dim_products') }}

    where list_price > 0

),

earlier as (

    select
        lines.order_id,
        lines.line_number,
        lines.product_id,
        lines.quantity,
        lines.line_amount,
        lines.log_quantity,
        lines.log_price,
        {%- for sum in sums %}
        lines.{{ sum.name }} - coalesce(
            lines_of_one_time.{{ sum.name }},
            {{ sum.value | replace('log_', 'lines.log_') }}
        ) as {{ sum.name }}{{ ',' if not loop.last }}
        {%- endfor %}

    from lines

    left join lines_of_one_time
        on
            lines.product_id = lines_of_one_time.product_id
            and lines.placed_at = lines_of_one_time.placed_at

),

priced as (

    select
        earlier.*,
        products.list_price is not null as has_list_price,
        coalesce(
            {{ log_price('products.list_price') }},
            {{ as_decimal(
                'cast(earlier.log_price_sum as double) / nullif(earlier.line_count, 0)', 12, 6
            ) }}
        ) as usual_log_price

    from earlier

    left join products
        on earlier.product_id = products.product_id

),

final as (

    select
        priced.order_id,
        priced.line_number,
        priced.product_id,
        priced.quantity,
        priced.line_amount,
        priced.log_price,
        priced.has_list_price,
        priced.usual_log_price,
        cast(priced.line_count as bigint) as product_line_count,
        coalesce(abs(priced.log_price - priced.usual_log_price), 0) as price_deviation,
        {%- for of, relation, count in [
            ('product', 'priced', 'priced.line_count'),
            ('customer', 'histories', 'histories.customer_line_count')
        ] %}
        {%- set start = relation ~ '.' ~ ('customer_' if of == 'customer' else '') %}
        {%- set past = [
            count,
            start ~ 'log_quantity_sum', start ~ 'log_quantity_square_sum'
        ] %}
        {%- set shop = [
            'histories.shop_line_count', 'histories.shop_log_quantity_sum',
            'histories.shop_log_quantity_square_sum'
        ] %}
        {{ usual_value(past, shop) }} as {{ of }}_usual_quantity,
        {{ own_score('priced.log_quantity', past, shop) }} as {{ of }}_quantity_score
        {{- ',' if not loop.last }}
        {%- endfor %}

    from priced

    inner join histories
        on priced.order_id = histories.order_id

)

select * from final
