{%- set worded = [
    ('stage', 'lifecycle_stage', 'lifecycle_reason'),
    ('tier', 'customer_tier', 'customer_tier_reason'),
    ('group', 'rfm_group', 'rfm_group_reason'),
    ('risk', 'risk_level', 'churn_reason'),
    ('worth', 'value_tier', 'expected_value_reason'),
    ('weekday', 'preferred_weekday', "'bought most often on it'"),
    ('daypart', 'preferred_daypart', "'bought most often then'"),
    ('channel', 'preferred_channel', "'bought most often through it'"),
] -%}

with

profiles as (

    select * from {{ ref('fct_customer_profiles') }}
    where is_current

),

affinities as (

    select affinities.*
    from {{ ref('int_customer_affinities') }} as affinities

    inner join {{ ref('int_profile_dates') }} as dates
        on affinities.as_of_date = dates.as_of_date

    where dates.is_current

),

events as (

    select * from {{ ref('int_events') }}
    where
        customer_id is not null
        and search_term is not null

),

told_terms as (

    select * from {{ ref('rpt_search_terms') }}
    where is_told

),

searches as (

    select
        events.customer_id,
        lower(events.search_term) as search_term,
        count(*) as search_count

    from events

    inner join profiles
        on
            events.customer_id = profiles.customer_id
            and events.known_at < profiles.as_of_date

    group by
        events.customer_id,
        lower(events.search_term)

),

tags as (

    {% for kind, column, evidence in worded -%}
    select
        customer_id,
        '{{ kind }}' as kind,
        {{ column }} as label,
        cast(1 as decimal(18, 6)) as weight,
        {{ evidence }} as evidence
    from profiles

    where {{ column }} is not null

    union all

    {% endfor -%}
    select
        customer_id,
        'stops_at' as kind,
        usual_stop as label,
        usual_stop_share as weight,
        {{ counted_words('visit_count', 'visit') }} as evidence
    from profiles

    where usual_stop in ('view', 'cart')

    union all

    select
        customer_id,
        'bargain' as kind,
        'buys at a discount' as label,
        discounted_purchase_share as weight,
        {{ number_words('round(discounted_purchase_share * 100, 0)') }}
        || ' % of ' || {{ counted_words('purchase_count', 'purchase') }} as evidence
    from profiles

    where
        discounted_purchase_share >= 0.5
        and purchase_count >= 2

    union all

    -- what somebody buys clearly more often than others do, and more than once
    select
        customer_id,
        'likes_' || kind as kind,
        label,
        share as weight,
        'bought ' || {{ number_words('purchase_count') }} || ' times, '
        || {{ number_words('lift', 2) }} || ' times as often as others' as evidence
    from affinities

    where
        purchase_count >= 2
        and lift >= 1.2

    union all

    select
        searches.customer_id,
        'searched' as kind,
        searches.search_term as label,
        {{ ratio(
            'searches.search_count',
            'sum(searches.search_count) over (partition by searches.customer_id)'
        ) }} as weight,
        'searched for ' || {{ counted_words('searches.search_count', 'time') }} as evidence

    from searches

    inner join told_terms
        on searches.search_term = told_terms.search_term

),

today as (

    select as_of_date from {{ ref('int_profile_dates') }}
    where is_current

)

select
    today.as_of_date,
    tags.customer_id,
    tags.kind || ':' || tags.label as tag,
    tags.kind,
    tags.label,
    tags.weight,
    tags.evidence

from tags

cross join today
