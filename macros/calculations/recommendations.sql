{#- The group that everybody is in, beside those of RFM. -#}
{% macro everybody() -%}
    everybody
{%- endmacro %}


{#- The popular products of a group that each listed customer has not bought, the best few. -#}
{% macro popular_candidates(customers) -%}
popular_products as (

    select * from {{ ref('int_popular_products') }}
    where rank <= 5 * {{ var('recommendation_count') }}

),

bought as (

    select
        as_of_date,
        customer_index,
        product_index
    from {{ ref('int_interaction_matrix') }}

    where
        is_listed
        and is_bought

),

scores as (

    select
        customers.as_of_date,
        customers.customer_index,
        popular_products.product_index,
        popular_products.score,
        cast(null as int) as reason_product_index,
        cast(null as decimal(18, 6)) as reason_share

    from {{ customers }} as customers

    inner join popular_products
        on
            customers.as_of_date = popular_products.as_of_date
            and customers.rfm_group = popular_products.rfm_group

    left join bought
        on
            customers.as_of_date = bought.as_of_date
            and customers.customer_index = bought.customer_index
            and popular_products.product_index = bought.product_index

    where bought.product_index is null

    qualify row_number() over (
        partition by customers.as_of_date, customers.customer_index
        order by popular_products.rank
    ) <= {{ var('recommendation_count') }}

)
{%- endmacro %}


{#- The methods of each list, in the order in which equal scores are settled. -#}
{% macro list_methods() %}
    {{ return({'buy_again': var('buy_again_methods'), 'discover': var('discover_methods')}) }}
{% endmacro %}


{#- Methods that recommend what a customer bought before; all others recommend what is new to them. -#}
{% macro personal_methods() %}
    {{ return(['personal_frequency', 'due_date']) }}
{% endmacro %}


{#- Whether a shop leaves anything out of discover. -#}
{% macro filters_discover() %}
    {{ return(
        var('discover_new_categories') or var('discover_price_band') | length > 0
        or var('discover_max_per_category') > 0
    ) }}
{% endmacro %}


{#-
    The CTEs up to `allowed`: the rows of `proposed` that the shop's filters leave in discover. A
    product without a category or price passes, since nothing is known against it.
-#}
{% macro allowed_discoveries() -%}
categories as (

    select
        as_of_date,
        product_index,
        category
    from {{ ref('int_product_texts') }}

),

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
allowed as (

    select proposed.*

    from proposed

    left join categories
        on
            proposed.as_of_date = categories.as_of_date
            and proposed.product_index = categories.product_index
    {%- if var('discover_new_categories') %}

    left join own_categories
        on
            proposed.as_of_date = own_categories.as_of_date
            and proposed.customer_index = own_categories.customer_index
            and categories.category = own_categories.category
    {%- endif %}
    {%- if var('discover_price_band') %}

    left join product_prices
        on
            proposed.as_of_date = product_prices.as_of_date
            and proposed.product_index = product_prices.product_index

    left join customer_prices
        on
            proposed.as_of_date = customer_prices.as_of_date
            and proposed.customer_index = customer_prices.customer_index
    {%- endif %}

    where
        proposed.list = 'buy_again'
        or (
            true
            {%- if var('discover_new_categories') %}
            and own_categories.category is null
            {%- endif %}
            {%- if var('discover_price_band') %}
            and coalesce(
                product_prices.price
                between {{ var('discover_price_band')[0] }} * customer_prices.price
                and {{ var('discover_price_band')[1] }} * customer_prices.price, true
            )
            {%- endif %}
        )
    {%- if var('discover_max_per_category') %}

    qualify
        proposed.list = 'buy_again'
        or categories.category is null
        or row_number() over (
            partition by
                proposed.as_of_date, proposed.customer_index, proposed.list, categories.category
            order by
                proposed.method_number asc, proposed.score desc, proposed.product_index asc
        ) <= {{ var('discover_max_per_category') }}
    {%- endif %}

),
{%- endmacro %}


{#-
    What one purchase gave to a score, in whole billionths, so that sums do not depend on the order
    of rows.
-#}
{% macro contribution(expression) -%}
    cast(least({{ expression }}, 9000) * 1000000000 as bigint)
{%- endmacro %}


{#-
    The select that names, for each candidate of a relation of contributions, the product that gave
    most, and its share. Contribution and product travel as one whole number, whose maximum is far
    cheaper than that of two columns; of equal contributions the lower number wins.
-#}
{% macro largest_contributions(contributions, method) -%}
{%- set places = 1000000 -%}
{%- set largest -%}
    max(contribution * {{ places }} + ({{ places - 1 }} - reason_product_index))
{%- endset -%}
select
    as_of_date,
    '{{ method }}' as method,
    customer_index,
    product_index,
    cast({{ places - 1 }} - {{ largest }} % {{ places }} as int) as reason_product_index,
    {{ ratio('floor(' ~ largest ~ ' / ' ~ places ~ ')', 'sum(contribution)') }} as reason_share
from {{ contributions }}

group by
    as_of_date,
    customer_index,
    product_index
{%- endmacro %}


{#- What a customer did with a product, in words: bought it on a day, or looked at it. -#}
{% macro what_was_done(interactions) -%}
    case
        when {{ interactions }}.last_purchase_date is null then 'looked at'
        else 'bought on ' || cast({{ interactions }}.last_purchase_date as string)
    end
{%- endmacro %}


{#- The names of all methods. -#}
{% macro recommendation_methods() %}
    {{ return(var('neighbor_methods').keys() | list + var('customer_methods').keys() | list) }}
{% endmacro %}
