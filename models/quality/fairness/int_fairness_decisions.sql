{#- With thresholds by group both are here: who would be warned of without them, and who is. -#}
{%- set without, with_them = 'churn_percentile > 0.8', "coalesce(risk_level = 'high', false)" -%}
{%- set variants = {'without mitigation': without, 'served': with_them}
    if var('fairness_mitigation') else {'served': with_them} -%}
{%- set audiences = {
    'audience': 'fct_campaign_audiences', 'product audience': 'fct_product_audiences'
} %}

with

profiles as (

    select * from {{ ref('fct_customer_profiles') }}

),

customers as (

    select * from {{ ref('int_customers') }}

),

outcomes as (

    select * from {{ ref('int_customer_outcomes') }}
    where horizon_days = {{ var('prediction_horizon_days') }}

),

-- those that were made as of the backtest, so that their outcome is known
churn as (

    select
        churn.*,
        not outcomes.has_purchased as has_churned

    from {{ ref('fct_customer_churn') }} as churn

    inner join outcomes
        on
            churn.as_of_date = outcomes.as_of_date
            and churn.customer_id = outcomes.customer_id

    where
        not churn.is_current
        and churn.churn_probability is not null

),

list_dates as (

    select distinct
        as_of_date,
        list
    from {{ ref('fct_customer_recommendations') }}

    where not is_current

),

purchases as (

    select distinct
        list_dates.as_of_date,
        days.customer_id,
        days.product_id

    from {{ ref('int_customer_product_days') }} as days

    inner join list_dates
        on
            days.order_date >= list_dates.as_of_date
            and days.order_date
            < {{ add_days('list_dates.as_of_date', var('prediction_horizon_days')) }}

    where days.is_purchase_day

),

-- whether somebody bought one of the first ten on their list
lists as (

    select
        recommendations.as_of_date,
        recommendations.list,
        recommendations.customer_id,
        count(purchases.product_id) > 0 as has_bought

    from {{ ref('fct_customer_recommendations') }} as recommendations

    left join purchases
        on
            recommendations.as_of_date = purchases.as_of_date
            and recommendations.customer_id = purchases.customer_id
            and recommendations.product_id = purchases.product_id

    where
        not recommendations.is_current
        and recommendations.rank <= 10

    group by
        recommendations.as_of_date,
        recommendations.list,
        recommendations.customer_id

),

-- who is to hear of something: of an action, or of any product
{% for audience, mart in audiences.items() -%}
{{ audience | replace(' ', '_') }}_members as (

    select distinct customer_id
    from {{ ref(mart) }}

),

{% endfor -%}
decisions as (

    {% for variant, test in variants.items() -%}
    select
        'churn warning' as decision,
        '{{ variant }}' as variant,
        as_of_date,
        customer_id,
        {{ test }} as is_selected,
        has_churned as has_outcome,
        cast(churn_probability as double) as score
    from churn

    union all

    {% endfor -%}
    select
        replace(list_dates.list, '_', ' ') || ' list' as decision,
        'served' as variant,
        profiles.as_of_date,
        profiles.customer_id,
        lists.customer_id is not null as is_selected,
        lists.has_bought as has_outcome,
        cast(null as double) as score

    from list_dates

    inner join profiles
        on list_dates.as_of_date = profiles.as_of_date

    left join lists
        on
            list_dates.list = lists.list
            and list_dates.as_of_date = lists.as_of_date
            and profiles.customer_id = lists.customer_id

    union all

    select
        'action' as decision,
        'served' as variant,
        as_of_date,
        customer_id,
        is_within_budget as is_selected,
        cast(null as boolean) as has_outcome,
        cast(null as double) as score
    from {{ ref('fct_marketing_actions') }}

    union all

    {% for audience in audiences -%}
    select
        '{{ audience }}' as decision,
        'served' as variant,
        dates.as_of_date,
        customers.customer_id,
        members.customer_id is not null as is_selected,
        cast(null as boolean) as has_outcome,
        cast(null as double) as score

    from customers

    inner join {{ ref('int_as_of_dates') }} as dates
        on dates.is_current

    left join {{ audience | replace(' ', '_') }}_members as members
        on customers.customer_id = members.customer_id

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

final as (

    select
        decisions.decision,
        decisions.variant,
        decisions.as_of_date,
        decisions.customer_id,
        coalesce(customers.gender, 'unknown') as gender,
        coalesce(customers.country, 'unknown') as country,
        coalesce({{ age_band('customers.age') }}, 'unknown') as age_band,
        case
            when profiles.tenure_days < 90 then 'below 90 days'
            when profiles.tenure_days < 365 then '90 days to a year'
            when profiles.tenure_days is not null then 'a year and more'
            else 'unknown'
        end as tenure,
        coalesce(profiles.value_tier, 'unknown') as value_tier,
        decisions.is_selected,
        decisions.has_outcome,
        decisions.score

    from decisions

    left join profiles
        on
            decisions.as_of_date = profiles.as_of_date
            and decisions.customer_id = profiles.customer_id

    left join customers
        on decisions.customer_id = customers.customer_id

)

select * from final
