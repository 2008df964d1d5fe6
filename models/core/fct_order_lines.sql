with

lines as (

    select * from {{ ref('stg_shop__order_lines') }}

),

order_parts as (

    select * from {{ ref('int_order_parts') }}

),

products as (

    select * from {{ ref('stg_shop__products') }}

),

non_products as (

    select * from {{ ref('int_non_products') }}

),

amounts as (

    select
        lines.*,
        order_parts.part_number,
        order_parts.customer_id as customer_of_the_order,
        coalesce(
            lines.status in ({{ text_list(var('cancelled_statuses')) | lower }}), false
        ) as is_cancelled

    from lines

    left join order_parts
        on
            lines.order_id = order_parts.order_id
            and lines.line_number = order_parts.line_number

),

-- read on their own, since a CTE that is read more than once is kept in memory with all its columns
line_amounts as (

    select
        line_amount,
        count(*) as line_count
    from {{ ref('stg_shop__order_lines') }}

    group by line_amount

),

{{ outlier_bounds('amount', 'line_amounts', 'line_amount', 'line_count') }},

judged as (

    select
        case
            when amounts.part_number > 1 then amounts.order_id || '#' || amounts.part_number
            else amounts.order_id
        end as order_id,
        amounts.line_number,
        amounts.product_id,
        coalesce(amounts.customer_id, amounts.customer_of_the_order) as customer_id,
        amounts.ordered_at,
        amounts.quantity,
        amounts.unit_price,
        case
            when amounts.line_kind = 'sale' and not amounts.is_cancelled then amounts.line_amount
            else 0
        end as gross_amount,
        case
            when amounts.is_cancelled then 0
            when amounts.line_kind = 'sale' then coalesce(amounts.discount_amount, 0)
            when amounts.line_kind = 'discount' then amounts.line_amount
            else 0
        end as discount_amount,
        case
            when amounts.line_kind = 'return' and not amounts.is_cancelled
                then amounts.line_amount
            else 0
        end as returned_amount,
        case
            when amounts.line_kind = 'sale' and amounts.is_cancelled then amounts.line_amount
            else 0
        end as cancelled_amount,
        amounts.status,
        amounts.is_cancelled,
        amounts.line_kind = 'return' as is_return,
        non_products.product_id is not null
        or amounts.line_kind = 'discount' as is_non_product,
        coalesce(
            amounts.line_amount > 0
            and amounts.line_amount not between amount_bounds.low and amount_bounds.high, false
        ) as is_outlier,
        coalesce(amounts.is_fraud, false) as is_fraud,
        amounts.channel,
        amounts.country,
        amounts.payment_method,
        amounts.promotion_code,
        coalesce(amounts.product_name, products.product_name) as product_name,
        coalesce(amounts.product_category, products.category) as product_category,
        amounts.attributes

    from amounts

    left join amount_bounds
        on true

    left join products
        on amounts.product_id = products.product_id

    left join non_products
        on amounts.product_id = non_products.product_id

),

final as (

    select
        order_id,
        line_number,
        product_id,
        customer_id,
        ordered_at,
        cast(quantity as decimal(18, 4)) as quantity,
        unit_price,
        cast(gross_amount as decimal(18, 4)) as gross_amount,
        cast(discount_amount as decimal(18, 4)) as discount_amount,
        cast(returned_amount as decimal(18, 4)) as returned_amount,
        cast(gross_amount - discount_amount - returned_amount as decimal(18, 4)) as net_amount,
        cast(cancelled_amount as decimal(18, 4)) as cancelled_amount,
        status,
        is_cancelled,
        is_return,
        is_non_product,
        is_outlier,
        is_fraud,
        channel,
        country,
        payment_method,
        promotion_code,
        product_name,
        product_category,
        attributes

    from judged

)

select * from final
