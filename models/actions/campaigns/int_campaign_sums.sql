{%- set groups = var('campaign_segments') -%}

with

outcomes as (

    select * from {{ ref('int_campaign_responses') }}

),

customers as (

    select * from {{ ref('int_customers') }}

),

outcomes_in_groups as (

    select
        *,
        'all customers' as attribute,
        'all customers' as attribute_value
    from outcomes

    {% for name in groups %}
    union all

    select
        outcomes.*,
        '{{ name }}' as attribute,
        {% if name == 'rfm_group' -%}
        outcomes.rfm_group as attribute_value
        {%- elif name in customer_attributes() -%}
        cast(customers.{{ name }} as string) as attribute_value
        {%- else -%}
        {{ json_text('customers.attributes', name) }} as attribute_value
        {%- endif %}

    from outcomes

    inner join customers
        on outcomes.customer_id = customers.customer_id

    {% endfor %}
),

final as (

    select
        campaign_id,
        metric,
        arm,
        is_control,
        is_measured,
        attribute,
        attribute_value,
        cast(count(*) as bigint) as contacted_count,
        cast(count(*) filter (where outcome != 0) as bigint) as responder_count,
        cast(sum(outcome) as decimal(28, 4)) as outcome,
        {{ product_sum('outcome', 'outcome') }} as outcome_squares,
        cast(sum(history_amount) as decimal(28, 4)) as history,
        {{ product_sum('history_amount', 'history_amount') }} as history_squares,
        {{ product_sum('outcome', 'history_amount') }} as products

    from outcomes_in_groups

    where attribute_value is not null

    group by
        campaign_id,
        metric,
        arm,
        is_control,
        is_measured,
        attribute,
        attribute_value

)

select * from final
