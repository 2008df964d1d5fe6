with

lines as (

    select * from {{ ref('fct_order_lines') }}
    where
        quantity > 0
        and gross_amount > 0
        and not is_cancelled
        and not is_non_product

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

known as (

    select
        lines.customer_id,
        coalesce(lines.product_category, 'unknown') as category,
        lines.discount_amount > 0 as is_discounted,
        lines.quantity,
        lines.gross_amount,
        lines.discount_amount

    from lines

    inner join today
        on lines.ordered_at < today.as_of_date

),

categories as (

    select
        category,
        count(*) as line_count,
        count(*) filter (where is_discounted) as discounted_count,
        sum(gross_amount) as gross_amount,
        sum(gross_amount) filter (where is_discounted) as discounted_amount,
        sum(discount_amount) as discount_amount
    from known

    group by category

),

-- the same customers with a discount and without, so that who they are does not matter
customers as (

    select
        category,
        customer_id,
        cast(sum(quantity) filter (where is_discounted) as double)
        / count(*) filter (where is_discounted) as discounted_units,
        cast(sum(quantity) filter (where not is_discounted) as double)
        / count(*) filter (where not is_discounted) as full_price_units
    from known

    where customer_id is not null

    group by
        category,
        customer_id

    having
        count(*) filter (where is_discounted) > 0
        and count(*) filter (where not is_discounted) > 0

),

paired as (

    select
        category,
        customer_id,
        cast(discounted_units as decimal(18, 6)) as discounted_units,
        cast(full_price_units as decimal(18, 6)) as full_price_units,
        cast(discounted_units - full_price_units as decimal(18, 6)) as difference
    from customers

),

compared as (

    select
        category,
        count(*) as customer_count,
        sum(discounted_units) as discounted_units,
        sum(full_price_units) as full_price_units,
        sum(difference) as difference,
        {{ product_sum('difference', 'difference') }} as difference_squares
    from paired

    group by category

),

final as (

    select
        categories.category,
        cast(categories.line_count as bigint) as line_count,
        {{ ratio('categories.discounted_count', 'categories.line_count') }}
            as discounted_line_share,
        {{ ratio('coalesce(categories.discounted_amount, 0)', 'categories.gross_amount') }}
            as discounted_amount_share,
        {{ ratio('categories.discount_amount', 'categories.discounted_amount') }}
            as average_discount_share,
        cast(coalesce(compared.customer_count, 0) as bigint) as customer_count,
        {{ ratio('compared.full_price_units', 'compared.customer_count') }} as full_price_units,
        {{ ratio('compared.discounted_units', 'compared.customer_count') }} as discounted_units,
        {{ ratio('compared.difference', 'compared.customer_count') }} as unit_difference,
        {{ as_decimal(
            'cast(difference as double) / compared.customer_count - '
            ~ margin('difference', 'difference_squares', 'compared.customer_count'),
            18, 6, 'try_cast'
        ) }} as low,
        {{ as_decimal(
            'cast(difference as double) / compared.customer_count + '
            ~ margin('difference', 'difference_squares', 'compared.customer_count'),
            18, 6, 'try_cast'
        ) }} as high,
        case
            when compared.customer_count is null
                then 'nobody has bought it both with a discount and without'
            when
                compared.customer_count < {{ var('min_customers') }}
                then 'fewer than {{ var("min_customers") }} customers have bought it both ways'
        end as no_verdict_reason

    from categories

    left join compared
        on categories.category = compared.category

)

{{ without_small_cells('final', ['customer_count'], ['category']) }}
