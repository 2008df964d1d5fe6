with

customers as (

    select * from {{ ref('int_customers') }}

),

orders as (

    select * from {{ ref('int_orders') }}
    where customer_id is not null

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}
    where is_current

),

profiles as (

    select * from {{ ref('fct_customer_profiles') }}
    where is_current

),

plays as (

    select * from {{ ref('int_customer_plays') }}

),

actions as (

    select * from {{ ref('fct_marketing_actions') }}

),

contactable as (

    select * from {{ ref('int_contactable_customers') }}

),

order_totals as (

    select
        customer_id,
        min(order_date) filter (where is_purchase) as first_purchase_date,
        max(order_date) filter (where is_purchase) as last_purchase_date,
        count(*) as order_count,
        count(*) filter (where is_purchase) as purchase_count,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(returned_amount) as returned_amount,
        sum(net_amount) as net_amount

    from orders

    group by customer_id

),

final as (

    select
        customers.customer_id,
        customers.gender,
        customers.age,
        customers.occupation,
        customers.income_amount,
        customers.country,
        customers.city,
        customers.signed_up_at,
        customers.acquisition_channel,
        customers.has_marketing_consent,
        order_totals.first_purchase_date,
        order_totals.last_purchase_date,
        cast(coalesce(order_totals.order_count, 0) as bigint) as order_count,
        cast(coalesce(order_totals.purchase_count, 0) as bigint) as purchase_count,
        {{ money('coalesce(order_totals.gross_amount, 0)') }} as gross_amount,
        {{ money('coalesce(order_totals.discount_amount, 0)') }} as discount_amount,
        {{ money('coalesce(order_totals.returned_amount, 0)') }} as returned_amount,
        {{ money('coalesce(order_totals.net_amount, 0)') }} as net_amount,
        rfm.recency_days,
        case
            when coalesce(order_totals.purchase_count, 0) = 0 then 'prospects'
            else rfm.rfm_group
        end as rfm_group,
        case
            when coalesce(order_totals.purchase_count, 0) = 0 then 'has never bought'
            else profiles.rfm_group_reason
        end as rfm_group_reason,
        plays.lifecycle_stage,
        case
            when coalesce(order_totals.purchase_count, 0) = 0 then 'has never bought'
            else profiles.lifecycle_reason
        end as lifecycle_reason,
        profiles.customer_tier,
        profiles.customer_tier_reason,
        profiles.value_score,
        profiles.segments,
        profiles.churn_probability,
        profiles.risk_level,
        profiles.churn_reason,
        profiles.expected_value_amount,
        profiles.value_tier,
        profiles.expected_value_reason,
        profiles.expected_order_date,
        profiles.is_overdue,
        profiles.expected_order_reason,
        profiles.liked_category,
        profiles.liked_brand,
        profiles.liked_price_band,
        actions.action as next_best_action,
        coalesce(
            actions.reason,
            case
                when contactable.customer_id is not null
                    then 'no play of marketing_playbook fits'
                else 'has not consented to be contacted'
            end
        ) as next_best_action_reason,
        actions.expected_value as next_best_action_value,
        customers.attributes

    from customers

    left join order_totals
        on customers.customer_id = order_totals.customer_id

    left join rfm
        on customers.customer_id = rfm.customer_id

    left join profiles
        on customers.customer_id = profiles.customer_id

    left join plays
        on customers.customer_id = plays.customer_id

    left join actions
        on customers.customer_id = actions.customer_id

    left join contactable
        on customers.customer_id = contactable.customer_id

)

select * from final
