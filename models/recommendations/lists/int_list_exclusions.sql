with

proposals as (

    select * from {{ ref('int_list_proposals') }}
    where list = 'discover'

),

{% if var('discover_new_categories') or var('discover_max_per_category') -%}
categories as (

    select
        as_of_date,
        product_index,
        category
    from {{ ref('int_product_texts') }}

    where category is not null

),

{% endif -%}
{% if var('discover_new_categories') -%}
own_categories as (

    select distinct
        matrix.as_of_date,
        matrix.customer_index,
        categories.category

    from {{ ref('int_interaction_matrix') }} as matrix

    inner join categories
        on
            matrix.as_of_date = categories.as_of_date
            and matrix.product_index = categories.product_index

    where
        matrix.is_listed
        and matrix.is_bought

),

{% endif -%}
{% if var('discover_price_band') -%}
product_days as (

    select
        trends.as_of_date,
        trends.product_index,
        product_days.customer_id,
        product_days.gross_amount,
        product_days.unit_count

    from {{ ref('int_customer_product_days') }} as product_days

    inner join {{ ref('int_product_trends') }} as trends
        on
            product_days.product_id = trends.product_id
            and product_days.order_date < trends.as_of_date

),

product_prices as (

    select
        as_of_date,
        product_index,
        cast(sum(gross_amount) as double) / cast(sum(unit_count) as double) as price
    from product_days

    group by
        as_of_date,
        product_index

),

customer_prices as (

    select
        customers.as_of_date,
        customers.customer_index,
        cast(sum(product_days.gross_amount) as double)
        / cast(sum(product_days.unit_count) as double) as price

    from {{ ref('int_listed_customers') }} as customers

    inner join product_days
        on
            customers.as_of_date = product_days.as_of_date
            and customers.customer_id = product_days.customer_id

    group by
        customers.as_of_date,
        customers.customer_index

),

{% endif -%}
-- a product without a category or price passes, since nothing is known against it
excluded_alone as (

    select
        as_of_date,
        customer_index,
        product_index
    from proposals
    where false

    {%- if var('discover_new_categories') %}

    union distinct

    select
        proposals.as_of_date,
        proposals.customer_index,
        proposals.product_index

    from proposals

    inner join categories
        on
            proposals.as_of_date = categories.as_of_date
            and proposals.product_index = categories.product_index

    inner join own_categories
        on
            proposals.as_of_date = own_categories.as_of_date
            and proposals.customer_index = own_categories.customer_index
            and categories.category = own_categories.category
    {%- endif %}

    {%- if var('discover_price_band') %}

    union distinct

    select
        proposals.as_of_date,
        proposals.customer_index,
        proposals.product_index

    from proposals

    inner join product_prices
        on
            proposals.as_of_date = product_prices.as_of_date
            and proposals.product_index = product_prices.product_index

    inner join customer_prices
        on
            proposals.as_of_date = customer_prices.as_of_date
            and proposals.customer_index = customer_prices.customer_index

    where
        product_prices.price
        not between {{ var('discover_price_band')[0] }} * customer_prices.price
        and {{ var('discover_price_band')[1] }} * customer_prices.price
    {%- endif %}

),

{% if var('discover_max_per_category') -%}
beyond_the_category as (

    select
        proposals.as_of_date,
        proposals.customer_index,
        proposals.product_index

    from proposals

    inner join categories
        on
            proposals.as_of_date = categories.as_of_date
            and proposals.product_index = categories.product_index

    left join excluded_alone
        on
            proposals.as_of_date = excluded_alone.as_of_date
            and proposals.customer_index = excluded_alone.customer_index
            and proposals.product_index = excluded_alone.product_index

    where excluded_alone.product_index is null

    qualify row_number() over (
        partition by proposals.as_of_date, proposals.customer_index, categories.category
        order by
            proposals.fallback_position asc, proposals.score desc, proposals.product_index asc
    ) > {{ var('discover_max_per_category') }}

),

{% endif -%}
final as (

    select * from excluded_alone

    {%- if var('discover_max_per_category') %}

    union all

    select * from beyond_the_category
    {%- endif %}

)

select * from final
