{%- set half_life_days = 90 -%}  {#- from 60 to 365 days rank the same (docs/DECISIONS.md) -#}
{%- set horizon = var('prediction_horizon_days') -%}
{%- set derived = [
    'decayed_purchase_days', 'gaps_since_last_purchase', 'horizon_spend_amount',
    'horizon_visit_count', 'horizon_purchase_days'
] -%}
{%- set measured = [] -%}
{%- for feature in number_features() if feature.name not in derived
    and feature.name not in rfm_features() and feature.name not in var('feature_columns')
    and not feature.name.startswith('purchase_count_week_') -%}
    {%- do measured.append(feature.name) -%}
{%- endfor -%}

with

dates as (

    select * from {{ ref('int_feature_dates') }}

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

behavior as (

    select * from {{ ref('fct_customer_behavior') }}

),

order_behavior as (

    select * from {{ ref('int_customer_order_behavior') }}

),

visit_behavior as (

    select * from {{ ref('int_customer_visit_behavior') }}

),

orders as (

    select * from {{ ref('int_customer_order_days') }}
    where is_purchase

),

{% if var('feature_columns') -%}
customers as (

    select * from {{ ref('int_customers') }}

),

{% endif -%}
-- the week before the as-of date is the first
week_counts as (

    select
        dates.as_of_date,
        orders.customer_id,
        {%- for week in range(1, feature_weeks() + 1) %}
        cast(count(*) filter (
            where
                orders.order_date >= {{ add_days('dates.as_of_date', -7 * week) }}
                and orders.order_date < {{ add_days('dates.as_of_date', 7 - 7 * week) }}
        ) as bigint) as purchase_count_week_{{ week }}{{ ',' if not loop.last }}
        {%- endfor %}

    from dates

    inner join orders
        on
            orders.order_date >= {{ add_days('dates.as_of_date', -7 * feature_weeks()) }}
            and orders.ordered_at < dates.as_of_date

    group by
        dates.as_of_date,
        orders.customer_id

),

final as (

    select
        rfm.as_of_date,
        rfm.customer_id,
        rfm.recency_days,
        rfm.frequency,
        rfm.monetary_amount,
        {%- for name in measured %}
        behavior.{{ name }},
        {%- endfor %}
        cast(
            behavior.purchase_days_count
            * power(0.5, rfm.recency_days / cast({{ half_life_days }} as double)) as decimal(18, 6)
        ) as decayed_purchase_days,
        {{ ratio(
            'rfm.recency_days', 'behavior.average_gap_days'
        ) }} as gaps_since_last_purchase,
        -- who is younger than the horizon is taken to need that long for what they did
        {{ mean_amount(
            'cast(order_behavior.net_amount as decimal(28, 2)) * ' ~ horizon,
            'greatest(order_behavior.tenure_days, ' ~ horizon ~ ')', 2
        ) }} as horizon_spend_amount,
        {{ ratio(
            'visit_behavior.visit_count * ' ~ horizon,
            'greatest(visit_behavior.days_since_first_visit, ' ~ horizon ~ ')'
        ) }} as horizon_visit_count,
        {{ ratio(
            '(order_behavior.purchase_days_count - 1) * ' ~ horizon,
            'greatest(order_behavior.tenure_days, ' ~ horizon ~ ')'
        ) }} as horizon_purchase_days
        {%- for week in range(1, feature_weeks() + 1) %},
        coalesce(
            week_counts.purchase_count_week_{{ week }}, 0
        ) as purchase_count_week_{{ week }}
        {%- endfor %}
        {%- for name in var('feature_columns') %},
        {% if name in customer_attributes() -%}
        customers.{{ name }}
        {%- else -%}
        {{ json_text('customers.attributes', name) }} as {{ name }}
        {%- endif %}
        {%- endfor %}

    from rfm

    inner join behavior
        on
            rfm.as_of_date = behavior.as_of_date
            and rfm.customer_id = behavior.customer_id

    inner join order_behavior
        on
            rfm.as_of_date = order_behavior.as_of_date
            and rfm.customer_id = order_behavior.customer_id

    left join visit_behavior
        on
            rfm.as_of_date = visit_behavior.as_of_date
            and rfm.customer_id = visit_behavior.customer_id

    left join week_counts
        on
            rfm.as_of_date = week_counts.as_of_date
            and rfm.customer_id = week_counts.customer_id
    {%- if var('feature_columns') %}

    left join customers
        on rfm.customer_id = customers.customer_id
    {%- endif %}

)

select * from final
