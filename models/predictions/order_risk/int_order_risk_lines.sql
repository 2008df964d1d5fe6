with

lines as (

    select
        *,
        count(*) over before as product_line_count,
        sum(log_quantity) over before as log_quantity_sum,
        sum(cast(log_quantity * log_quantity as decimal(18, 9))) over before
        as log_quantity_square_sum,
        sum(log_price) over before as log_price_sum
    from {{ ref('int_placed_lines') }}

    window before as (
        partition by product_id order by placed_at
        range between unbounded preceding and interval 1 microsecond preceding
    )

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

priced as (

    select
        lines.*,
        products.list_price is not null as has_list_price,
        coalesce(
            {{ log_price('products.list_price') }},
            cast(cast(lines.log_price_sum as double) / nullif(lines.product_line_count, 0)
                as decimal(12, 6))
        ) as usual_log_price

    from lines

    left join products
        on lines.product_id = products.product_id

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
        cast(priced.product_line_count as bigint) as product_line_count,
        coalesce(abs(priced.log_price - priced.usual_log_price), 0) as price_deviation,
        {%- for of, relation, count in [
            ('product', 'priced', 'priced.product_line_count'),
            ('customer', 'histories', 'histories.customer_line_count')
        ] %}
        {%- set start = relation ~ '.' ~ ('customer_' if of == 'customer' else '') %}
        {%- set past = [
            count,
            'coalesce(' ~ start ~ 'log_quantity_sum, 0)',
            'coalesce(' ~ start ~ 'log_quantity_square_sum, 0)'
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
