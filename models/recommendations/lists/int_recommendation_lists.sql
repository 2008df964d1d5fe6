with

customers as (

    select * from {{ ref('int_listed_customers') }}

),

candidates as (

    select * from {{ ref('int_candidates') }}

),

products as (

    select * from {{ ref('int_product_trends') }}

),

-- every method of a list counts the same; the number settles which of two is named
scored as (

    {% for list, methods in list_methods().items() -%}
    {%- set outer_loop = loop -%}
    {%- for method in methods -%}
    select
        as_of_date,
        customer_index,
        '{{ list }}' as list,
        product_index,
        method,
        scaled_score,
        scaled_score - cast({{ loop.index }} * 1e-12 as decimal(18, 12)) as precedence
    from candidates
    where method = '{{ method }}'

    {{ 'union all' if not (loop.last and outer_loop.last) }}

    {% endfor -%}
    {%- endfor %}
),

blended as (

    select
        as_of_date,
        customer_index,
        list,
        product_index,
        sum(scaled_score) as score,
        max_by(method, precedence) as method
    from scored

    group by
        as_of_date,
        customer_index,
        list,
        product_index

),

lengths as (

    select
        as_of_date,
        customer_index,
        count(*) as length
    from blended

    where list = 'discover'

    group by
        as_of_date,
        customer_index

),

-- who is offered too little that is new gets more, one method after the other
fallbacks as (

    {% for method in var('fallback_methods') -%}
    select
        as_of_date,
        customer_index,
        product_index,
        method,
        scaled_score as score,
        {{ loop.index }} as method_number
    from candidates
    where method = '{{ method }}'

    {{ 'union all' if not loop.last }}

    {% else -%}
    select
        as_of_date,
        customer_index,
        product_index,
        method,
        scaled_score as score,
        1 as method_number
    from candidates
    where false

    {% endfor %}
),

added as (

    select fallbacks.*

    from fallbacks

    {% if not filters_discover() -%}
    left join lengths
        on
            fallbacks.as_of_date = lengths.as_of_date
            and fallbacks.customer_index = lengths.customer_index

    {% endif -%}
    left join blended
        on
            fallbacks.as_of_date = blended.as_of_date
            and fallbacks.customer_index = blended.customer_index
            and fallbacks.product_index = blended.product_index
            and blended.list = 'discover'

    where
        blended.product_index is null
        {%- if not filters_discover() %}
        and coalesce(lengths.length, 0) < {{ var('recommendation_count') }}
        {%- endif %}

    qualify row_number() over (
        partition by
            fallbacks.as_of_date, fallbacks.customer_index, fallbacks.product_index
        order by fallbacks.method_number
    ) = 1

),

proposed as (

    select
        as_of_date,
        customer_index,
        list,
        product_index,
        score,
        method,
        0 as method_number
    from blended

    union all

    select
        as_of_date,
        customer_index,
        'discover' as list,
        product_index,
        score,
        method,
        method_number
    from added

),

{% if filters_discover() -%}
{{ allowed_discoveries() }}

{% endif -%}
listed as (

    select
        *,
        row_number() over (
            partition by as_of_date, customer_index, list
            order by method_number asc, score desc, product_index asc
        ) as position
    from {{ 'allowed' if filters_discover() else 'proposed' }}

),

final as (

    select
        listed.as_of_date,
        customers.customer_id,
        listed.list,
        cast(listed.position as int) as rank,
        products.product_id,
        cast(listed.score as decimal(18, 9)) as score,
        listed.method

    from listed

    inner join customers
        on
            listed.as_of_date = customers.as_of_date
            and listed.customer_index = customers.customer_index

    inner join products
        on
            listed.as_of_date = products.as_of_date
            and listed.product_index = products.product_index

    where listed.position <= {{ var('recommendation_count') }}

)

select * from final
