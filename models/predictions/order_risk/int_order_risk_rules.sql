with

orders as (

    select * from {{ ref('int_order_risk_features') }}

),

rules as (

    select * from {{ ref('order_risk_rules') }}

),

-- a row for each order and feature that a rule may be about
measured as (

    {% for each in order_risk_features() if each.subject != 'fraud' -%}
    select
        order_id,
        '{{ each.name }}' as feature,
        cast({{ each.name }} as decimal(28, 6)) as feature_value
    from orders

    where
        {{ each.name }} > (
            select min(threshold) from rules
            where feature = '{{ each.name }}'
        )

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

final as (

    select
        measured.order_id,
        rules.rule_id,
        rules.rule,
        rules.feature,
        measured.feature_value,
        rules.weight

    from measured

    inner join rules
        on
            measured.feature = rules.feature
            and measured.feature_value > rules.threshold

)

select * from final
