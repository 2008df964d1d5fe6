with

arms as (

    select * from {{ ref('int_campaign_arms') }}

),

effects as (

    select * from {{ ref('int_campaign_effects') }}

),

bests as (

    select * from {{ ref('ml_campaign_bests') }}

),

messages as (

    select
        campaign_id,
        arm,
        min(channel) as channel,
        min(offer) as offer
    from {{ ref('int_campaign_contacts') }}

    where not is_control

    group by
        campaign_id,
        arm

),

ends as (

    select
        *,
        {{ student_t(1.96, 'degrees_of_freedom') }} as reach,
        contacted_count >= {{ var('min_customers') }}
        and control_count >= {{ var('min_customers') }}
        and responder_count >= {{ fewest_differing() }} as has_verdict,
        -- what is seen in four of five tests of this size, at 5 % on two sides
        (1.959964 + 0.841621) * standard_error as minimum_detectable_effect,
        {{ var('assumed_lift') }} * abs(control_mean) / nullif(standard_error, 0)
        - 1.959964 as assumed_effect
    from effects

),

final as (

    select
        arms.campaign_id,
        arms.metric,
        arms.arm,
        arms.is_control,
        messages.channel,
        messages.offer,
        arms.is_measured,
        arms.contacted_count,
        {{ total('arms.outcome') }} as total_outcome,
        {{ as_decimal('arms.mean_outcome', 28, 9) }} as mean_outcome,
        {{ as_decimal('ends.control_mean', 28, 9) }} as control_mean,
        {{ as_decimal('ends.lift', 28, 9) }} as lift,
        {{ as_decimal('ends.lift - ends.reach * ends.standard_error', 28, 9) }} as low,
        {{ as_decimal('ends.lift + ends.reach * ends.standard_error', 28, 9) }} as high,
        {{ as_decimal(
            t_p_value('(ends.lift / nullif(ends.standard_error, 0))', 'ends.degrees_of_freedom'),
            18, 9
        ) }} as p_value,
        {{ as_decimal('ends.lift / nullif(ends.control_mean, 0)', 28, 9) }} as relative_lift,
        {{ as_decimal('ends.cuped_lift', 28, 9) }} as cuped_lift,
        {{ as_decimal(
            'ends.cuped_lift - ends.reach * ends.cuped_standard_error', 28, 9
        ) }} as cuped_low,
        {{ as_decimal(
            'ends.cuped_lift + ends.reach * ends.cuped_standard_error', 28, 9
        ) }} as cuped_high,
        {{ as_decimal(
            '1 - power(ends.cuped_standard_error / nullif(ends.standard_error, 0), 2)', 18, 6
        ) }} as variance_reduction,
        {{ as_decimal('ends.minimum_detectable_effect', 28, 9) }} as minimum_detectable_effect,
        {{ as_decimal(
            'case when ends.assumed_effect > 0 then 1 - ' ~ normal_tail('ends.assumed_effect')
            ~ ' else ' ~ normal_tail('ends.assumed_effect') ~ ' end', 18, 6
        ) }} as power_of_assumed_lift,
        {{ as_decimal('bests.probability_is_best', 18, 6) }} as probability_is_best,
        case
            when not ends.has_verdict then null
            when ends.lift - ends.reach * ends.standard_error > 0 then 'more'
            when ends.lift + ends.reach * ends.standard_error < 0 then 'less'
            when ends.lift is not null then 'no difference shown'
        end as verdict,
        case
            when arms.is_control then 'the control group'
            when ends.lift is null then 'no control group'
            when
                least(ends.contacted_count, ends.control_count) < {{ var('min_customers') }}
                then 'fewer than {{ var("min_customers") }} customers in an arm'
            when
                ends.responder_count < {{ fewest_differing() }}
                then 'fewer than {{ fewest_differing() }} customers did it in both arms'
        end as no_verdict_reason

    from arms

    left join ends
        on
            arms.campaign_id = ends.campaign_id
            and arms.metric = ends.metric
            and arms.arm = ends.arm

    left join bests
        on
            arms.campaign_id = bests.campaign_id
            and arms.metric = bests.metric
            and arms.arm = bests.arm

    left join messages
        on
            arms.campaign_id = messages.campaign_id
            and arms.arm = messages.arm

)

{{ without_small_cells(
    'final',
    counts=['contacted_count'],
    keys=['campaign_id', 'metric', 'arm', 'is_control'],
    totals=[['campaign_id', 'metric']]
) }}
