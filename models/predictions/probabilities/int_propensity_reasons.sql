{%- set relations = {
    'visitor_propensity': ['visitors', visitor_features()],
    'cart_propensity': ['carts', cart_features()]
} -%}

with

contributions as (

    select * from {{ ref('ml_propensity_contributions') }}
    where abs(contribution) > 0.0000005

),

visitors as (

    select * from {{ ref('int_visitor_features') }}

),

carts as (

    select * from {{ ref('int_cart_features') }}

),

ranked as (

    select
        *,
        cast(row_number() over (
            partition by task, as_of_date, customer_id, product_id
            order by abs(cast(contribution as decimal(18, 9))) desc, feature asc
        ) as int) as reason_number
    from contributions

),

final as (

    {% for task, (relation, features) in relations.items() -%}
    select
        ranked.task,
        ranked.as_of_date,
        ranked.customer_id,
        ranked.product_id,
        ranked.reason_number,
        ranked.feature,
        cast(ranked.contribution as decimal(18, 6)) as effect,
        {{ propensity_reason_words('ranked.feature', relation, features) }} as reason

    from ranked

    inner join {{ relation }}
        on
            ranked.as_of_date = {{ relation }}.as_of_date
            and ranked.customer_id = {{ relation }}.customer_id
            {%- if relation == 'carts' %}
            and ranked.product_id = {{ relation }}.product_id
            {%- endif %}

    where ranked.task = '{{ task }}'

    {{ 'union all' if not loop.last }}

    {% endfor %}
)

select * from final
