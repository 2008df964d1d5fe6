with

contacts as (

    select * from {{ ref('stg_shop__campaign_contacts') }}

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

{% if var('campaign_covariate') -%}
customers as (

    select * from {{ ref('int_customers') }}

),

{% endif -%}
orders as (

    select * from {{ ref('int_customer_order_days') }}

),

visits as (

    select
        customer_id,
        started_at
    from {{ ref('int_sessions') }}

    where
        is_visit
        and customer_id is not null

),

-- one row each, whatever the shop has
today as (

    select max(as_of_date) as as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

first_order as (

    select min(ordered_at) as ordered_at from orders

),

first_visit as (

    select min(started_at) as started_at from visits

),

assigned as (

    select
        campaign_id,
        customer_id,
        min(variant) as variant,
        count(*) as variant_count,
        min(contacted_at) as contacted_at,
        cast(min(contacted_at) as date) as contacted_date,
        min(channel) as channel,
        min(offer) as offer,
        bool_or(has_visited) as has_visited,
        bool_or(has_converted) as has_converted,
        sum(spend_amount) as spend_amount
    from contacts

    group by
        campaign_id,
        customer_id

),

-- all who were assigned to get nothing are one arm, whatever the shop calls it
controls as (

    select
        variant,
        lower(variant) in (
            {%- for name in var('control_variants') %}
            {{- ', ' if not loop.first }}{{ text_list([name | lower]) }}
            {%- endfor -%}
        ) as is_control

    from assigned

    group by variant

),

-- what the shop has measured is taken; what it has not is looked up where its records reach back
campaigns as (

    select
        assigned.campaign_id,
        cast(min(assigned.contacted_at) as date) as started_on,
        count(assigned.has_visited) > 0 as measures_visits,
        count(assigned.has_converted) > 0 as measures_conversions,
        count(assigned.spend_amount) > 0 as measures_spend,
        coalesce(max(first_visit.started_at) <= min(assigned.contacted_at), false) as knows_visits,
        coalesce(max(first_order.ordered_at) <= min(assigned.contacted_at), false) as knows_orders

    from assigned

    cross join first_visit

    cross join first_order

    group by assigned.campaign_id

),

periods as (

    select
        assigned.campaign_id,
        assigned.customer_id,
        assigned.contacted_at,
        assigned.contacted_date,
        {{ add_days('assigned.contacted_date', var('campaign_outcome_days')) }} as ends_on,
        {{ add_days('assigned.contacted_date', -var('campaign_history_days')) }} as history_from
    from assigned

),

visited as (

    select distinct
        periods.campaign_id,
        periods.customer_id

    from periods

    inner join visits
        on
            periods.customer_id = visits.customer_id
            and periods.contacted_at <= visits.started_at
            and periods.ends_on > visits.started_at

),

bought as (

    select distinct
        periods.campaign_id,
        periods.customer_id,
        periods.ends_on,
        orders.order_id

    from periods

    inner join orders
        on
            periods.customer_id = orders.customer_id
            and periods.contacted_at <= orders.ordered_at
            and periods.ends_on > orders.ordered_at

    where orders.is_purchase

),

-- of what was bought in time, all that was booked in time, returns included
spent as (

    select
        bought.campaign_id,
        bought.customer_id,
        sum(orders.net_amount) as spend_amount

    from bought

    inner join orders
        on
            bought.customer_id = orders.customer_id
            and bought.order_id = orders.order_id
            and bought.ends_on > orders.order_date

    group by
        bought.campaign_id,
        bought.customer_id

),

spent_before as (

    select
        periods.campaign_id,
        periods.customer_id,
        sum(orders.net_amount) as spend_amount

    from periods

    inner join orders
        on
            periods.customer_id = orders.customer_id
            and periods.contacted_at > orders.ordered_at
            and periods.history_from <= orders.order_date

    group by
        periods.campaign_id,
        periods.customer_id

),

dates as (

    select distinct as_of_date from rfm

),

-- the RFM group that was known when the campaign began
rfm_dates as (

    select
        campaigns.campaign_id,
        max(dates.as_of_date) as as_of_date

    from campaigns

    inner join dates
        on campaigns.started_on >= dates.as_of_date

    group by campaigns.campaign_id

),

final as (

    select
        assigned.campaign_id,
        assigned.customer_id,
        case when controls.is_control then 'control' else assigned.variant end as arm,
        controls.is_control,
        assigned.variant_count > 1 as is_crossed,
        assigned.contacted_at,
        assigned.channel,
        assigned.offer,
        coalesce(periods.ends_on <= today.as_of_date, false) as is_over,
        coalesce(assigned.contacted_date < today.as_of_date, true) as is_past,
        campaigns.measures_visits,
        campaigns.measures_conversions,
        campaigns.measures_spend,
        case
            when campaigns.measures_visits then coalesce(assigned.has_visited, false)
            when campaigns.knows_visits then visited.customer_id is not null
        end as has_visited,
        case
            when campaigns.measures_conversions then coalesce(assigned.has_converted, false)
            when campaigns.knows_orders then spent.customer_id is not null
        end as has_converted,
        cast(case
            when campaigns.measures_spend then coalesce(assigned.spend_amount, 0)
            when campaigns.knows_orders then coalesce(spent.spend_amount, 0)
        end as decimal(18, 4)) as spend_amount,
        {% if var('campaign_covariate') -%}
        coalesce(try_cast(
            {{ json_text('customers.attributes', var('campaign_covariate')) }} as decimal(18, 4)
        ), 0) as history_amount,
        {% else -%}
        cast(coalesce(spent_before.spend_amount, 0) as decimal(18, 4)) as history_amount,
        {% endif -%}
        case
            when rfm_dates.as_of_date is not null then coalesce(rfm.rfm_group, 'prospects')
        end as rfm_group

    from assigned

    inner join campaigns
        on assigned.campaign_id = campaigns.campaign_id

    inner join controls
        on assigned.variant = controls.variant

    inner join periods
        on
            assigned.campaign_id = periods.campaign_id
            and assigned.customer_id = periods.customer_id

    cross join today

    left join visited
        on
            assigned.campaign_id = visited.campaign_id
            and assigned.customer_id = visited.customer_id

    left join spent
        on
            assigned.campaign_id = spent.campaign_id
            and assigned.customer_id = spent.customer_id

    left join spent_before
        on
            assigned.campaign_id = spent_before.campaign_id
            and assigned.customer_id = spent_before.customer_id

    left join rfm_dates
        on assigned.campaign_id = rfm_dates.campaign_id

    left join rfm
        on
            rfm_dates.as_of_date = rfm.as_of_date
            and assigned.customer_id = rfm.customer_id
    {%- if var('campaign_covariate') %}

    left join customers
        on assigned.customer_id = customers.customer_id
    {%- endif %}

)

select * from final
