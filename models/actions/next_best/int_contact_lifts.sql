{%- set levels = [
    ('offer', 'measured for this offer'),
    ('channel', 'measured for this channel'),
    ('all', 'measured for all campaigns'),
] -%}

with

effects as (

    select * from {{ ref('int_campaign_effects') }}
    where metric = 'conversion'

),

messages as (

    select
        campaign_id,
        arm,
        lower(channel) as channel,
        lower(offer) as offer
    from {{ ref('int_campaign_contacts') }}

    where not is_control

    qualify row_number() over (
        partition by campaign_id, arm
        order by channel asc nulls last, offer asc nulls last
    ) = 1

),

-- the relative lift of each arm and its variance (delta method)
measured as (

    select
        messages.channel,
        messages.offer,
        effects.lift / effects.control_mean as relative_lift,
        power(effects.mean_outcome / effects.control_mean, 2) * (
            effects.square / power(effects.mean_outcome, 2)
            + effects.control_square / power(effects.control_mean, 2)
        ) as variance

    from effects

    inner join messages
        on
            effects.campaign_id = messages.campaign_id
            and effects.arm = messages.arm

    where
        effects.mean_outcome > 0
        and effects.control_mean > 0
        and effects.standard_error > 0
        and effects.contacted_count >= {{ var('min_customers') }}
        and effects.control_count >= {{ var('min_customers') }}
        and effects.responder_count >= {{ fewest_differing() }}

),

levels as (

    {% for level, source in levels -%}
    select
        '{{ level }}' as level,
        '{{ source }}' as lift_source,
        {{ 'channel' if level != 'all' else 'cast(null as string)' }} as channel,
        {{ 'offer' if level == 'offer' else 'cast(null as string)' }} as offer,
        relative_lift,
        variance
    from measured
    {% if level != 'all' %}
    where
        channel is not null
        {%- if level == 'offer' %}
        and offer is not null
        {%- endif %}
    {% endif %}
    {{ 'union all' if not loop.last }}

    {% endfor %}
),

pooled as (

    select
        level,
        lift_source,
        channel,
        offer,
        count(*) as arm_count,
        cast(sum(cast(relative_lift / variance as decimal(38, 9))) as double) as weighted_sum,
        cast(sum(cast(1 / variance as decimal(38, 9))) as double) as weight
    from levels

    group by
        level,
        lift_source,
        channel,
        offer

),

-- drawn to what is assumed, the more the less was measured
final as (

    select
        level,
        lift_source,
        channel,
        offer,
        cast(arm_count as bigint) as arm_count,
        {{ as_decimal('weighted_sum / weight', 18, 6) }} as measured_lift,
        {{ as_decimal('sqrt(1 / weight)', 18, 6) }} as lift_error,
        {{ as_decimal(
            '(weighted_sum + ' ~ var('assumed_lift') ~ ' / power(' ~ var('lift_spread')
            ~ ', 2)) / (weight + 1 / power(' ~ var('lift_spread') ~ ', 2))', 18, 6
        ) }} as relative_lift
    from pooled

)

select * from final
