{%- set weights = var('value_score_weights') -%}

with

dates as (

    select * from {{ ref('int_profile_dates') }}

),

customers as (

    select * from {{ ref('int_customers') }}

),

behavior as (

    select * from {{ ref('fct_customer_behavior') }}

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

lifecycle as (

    select * from {{ ref('fct_customer_lifecycle') }}

),

affinities as (

    select * from {{ ref('int_customer_affinities') }}
    where affinity_rank = 1

),

reactions as (

    select * from {{ ref('int_customer_reactions') }}

),

stops as (

    select * from {{ ref('int_customer_stops') }}

),

segments as (

    select
        as_of_date,
        customer_id,
        {{ dbt.listagg(
            "segmentation || ': ' || segment_name", "'; '", 'order by segmentation'
        ) }} as segments
    from {{ ref('fct_customer_segments') }}

    where is_own_fit

    group by
        as_of_date,
        customer_id

),

churn as (

    select * from {{ ref('fct_customer_churn') }}

),

lifetime_values as (

    select * from {{ ref('fct_customer_lifetime_value') }}

),

next_orders as (

    select * from {{ ref('fct_customer_next_order') }}

),

actions as (

    select * from {{ ref('fct_marketing_actions') }}

),

likes as (

    select
        as_of_date,
        customer_id
        {%- for kind in ['category', 'brand', 'price_band'] %},
        max(case when kind = '{{ kind }}' then label end) as liked_{{ kind }},
        max(case when kind = '{{ kind }}' then lift end) as liked_{{ kind }}_lift,
        max(case when kind = '{{ kind }}' then purchase_count end) as liked_{{ kind }}_support
        {%- endfor %}
    from affinities

    group by
        as_of_date,
        customer_id

),

gathered as (

    select
        behavior.as_of_date,
        behavior.customer_id,
        dates.is_current,
        {{ age_band('customers.age') }} as age_band,
        customers.country,
        customers.city,
        customers.acquisition_channel,
        behavior.tenure_days,
        behavior.purchase_count,
        lifecycle.usual_gap_days,
        behavior.preferred_weekday,
        behavior.preferred_daypart,
        behavior.preferred_channel,
        behavior.visit_count,
        stops.usual_stop,
        stops.usual_stop_share,
        likes.liked_category,
        likes.liked_category_lift,
        likes.liked_category_support,
        likes.liked_brand,
        likes.liked_brand_lift,
        likes.liked_brand_support,
        likes.liked_price_band,
        likes.liked_price_band_lift,
        likes.liked_price_band_support,
        rfm.monetary_amount,
        behavior.average_order_amount,
        reactions.discounted_purchase_share,
        reactions.discounted_order_amount,
        reactions.full_price_order_amount,
        reactions.price_sensitivity,
        reactions.first_return_date,
        reactions.return_effect,
        reactions.first_review_date,
        reactions.review_effect,
        lifecycle.lifecycle_stage,
        'last bought ' || {{ counted_words('lifecycle.recency_days', 'day') }} || ' ago, '
        || case when lifecycle.has_own_gap then 'usually every ' else 'others every ' end
        || {{ number_words('round(lifecycle.usual_gap_days, 0)') }} || '; '
        || {{ counted_words('lifecycle.purchase_days_count', 'purchase day') }}
            as lifecycle_reason,
        lifecycle.customer_tier,
        'spend ' || cast(lifecycle.monetary_score as string)
        || ' and purchases ' || cast(lifecycle.frequency_score as string)
        || ' of 5; ' || {{ number_words('round(lifecycle.return_share * 100, 0)') }}
        || ' % came back' as customer_tier_reason,
        rfm.rfm_group,
        'recency ' || cast(rfm.recency_score as string)
        || ', frequency and spend ' || cast(rfm.fm_score as string) || ' of 5'
            as rfm_group_reason,
        segments.segments,
        churn.churn_probability,
        churn.risk_level,
        coalesce(
            churn.reason_1, churn.no_score_reason, churn.no_explanation_reason
        ) as churn_reason,
        lifetime_values.expected_value_365_days as expected_value_amount,
        lifetime_values.value_tier,
        coalesce(
            lifetime_values.value_reason_365_days,
            'made by ' || lifetime_values.value_method_365_days
        ) as expected_value_reason,
        next_orders.expected_order_date,
        next_orders.is_overdue,
        case
            when next_orders.no_date_reason is not null then next_orders.no_date_reason
            when next_orders.gap_count = 0 then 'from the gaps of others'
            else 'from ' || {{ counted_words('next_orders.gap_count', 'gap') }} || ' of their own'
        end as expected_order_reason,
        actions.action as next_best_action,
        actions.reason as next_best_action_reason,
        -- where each of the parts places the customer among the shop's, from 0 to 1
        percent_rank() over (
            partition by behavior.as_of_date, rfm.customer_id is null
            order by rfm.recency_days desc
        ) as recency_place,
        percent_rank() over (
            partition by behavior.as_of_date, rfm.customer_id is null
            order by rfm.frequency asc
        ) as frequency_place,
        percent_rank() over (
            partition by behavior.as_of_date, rfm.customer_id is null
            order by rfm.monetary_amount asc
        ) as monetary_place,
        1 - churn.churn_percentile as retention_place,
        rfm.customer_id is not null as is_buyer

    from behavior

    inner join dates
        on behavior.as_of_date = dates.as_of_date

    left join customers
        on behavior.customer_id = customers.customer_id

    left join actions
        on
            behavior.as_of_date = actions.as_of_date
            and behavior.customer_id = actions.customer_id
    {% for relation in [
        'rfm', 'lifecycle', 'likes', 'reactions', 'stops', 'segments', 'churn', 'lifetime_values',
        'next_orders',
    ] %}
    left join {{ relation }}
        on
            behavior.as_of_date = {{ relation }}.as_of_date
            and behavior.customer_id = {{ relation }}.customer_id
    {% endfor %}
),

-- without a score of churn the other parts have its weight, too
scored as (

    select
        *,
        (
            {{ weights.recency }} * recency_place
            + {{ weights.frequency }} * frequency_place
            + {{ weights.monetary }} * monetary_place
            + {{ weights.retention }} * cast(coalesce(retention_place, 0) as double)
        ) / nullif(
            {{ weights.recency + weights.frequency + weights.monetary }}
            + case
                when retention_place is null then 0
                else {{ weights.retention }}
            end, 0
        ) as value_place
    from gathered

),

final as (

    select
        as_of_date,
        customer_id,
        is_current,
        age_band,
        country,
        city,
        acquisition_channel,
        tenure_days,
        purchase_count,
        usual_gap_days,
        preferred_weekday,
        preferred_daypart,
        preferred_channel,
        visit_count,
        usual_stop,
        usual_stop_share,
        liked_category,
        liked_category_lift,
        liked_category_support,
        liked_brand,
        liked_brand_lift,
        liked_brand_support,
        liked_price_band,
        liked_price_band_lift,
        liked_price_band_support,
        monetary_amount,
        average_order_amount,
        discounted_purchase_share,
        discounted_order_amount,
        full_price_order_amount,
        price_sensitivity,
        first_return_date,
        return_effect,
        first_review_date,
        review_effect,
        lifecycle_stage,
        lifecycle_reason,
        customer_tier,
        customer_tier_reason,
        case
            when is_buyer then {{ as_decimal('value_place', 18, 6) }}
        end as value_score,
        rfm_group,
        rfm_group_reason,
        segments,
        churn_probability,
        risk_level,
        churn_reason,
        expected_value_amount,
        value_tier,
        expected_value_reason,
        expected_order_date,
        is_overdue,
        expected_order_reason,
        next_best_action,
        next_best_action_reason
    from scored

)

select * from final
