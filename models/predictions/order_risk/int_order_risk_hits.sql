with

scores as (

    select * from {{ ref('int_order_risk_scores') }}

),

outcomes as (

    select * from {{ ref('int_order_outcomes') }}
    where is_closed

),

{% for list in order_risk_lists() -%}
{{ list.name }} as (

    select
        scores.as_of_date,
        scores.is_current,
        scores.order_id,
        {%- for method in order_risk_methods() %}
        scores.{{ method.name }}_rank,
        {%- endfor %}
        outcomes.{{ list.outcome }} as is_hit

    from scores

    inner join outcomes
        on scores.order_id = outcomes.order_id

    where outcomes.{{ list.outcome }} is not null

),

{% endfor -%}
-- places among the orders whose outcome is known; what has seen labels is judged by later ones
ranked as (

    {% for list in order_risk_lists() -%}
    {%- set is_first_list = loop.first -%}
    {%- for method in order_risk_methods()
        if method.score != 'fraud_score' or list.outcome == 'is_fraud' -%}
    {{ 'union all\n\n    ' if not (loop.first and is_first_list) }}select
        '{{ list.name }}' as list,
        as_of_date,
        is_current,
        '{{ method.name }}' as method,
        order_id,
        is_hit,
        row_number() over (
            partition by as_of_date
            order by {{ method.name }}_rank
        ) as place,
        count(*) over (partition by as_of_date) as order_count
    from {{ list.name }}

    where
        {{ method.name }}_rank is not null
        {%- if method.score == 'fraud_score' %}
        and not is_current
        {%- endif %}

    {% endfor %}
    {%- endfor -%}
),

final as (

    select
        list,
        as_of_date,
        is_current,
        method,
        order_id,
        cast(place as bigint) as place,
        cast(row_number() over (
            partition by list, as_of_date, method
            order by place
        ) as bigint) as hit_number,
        cast(order_count as bigint) as order_count
    from ranked

    where is_hit

)

select * from final
