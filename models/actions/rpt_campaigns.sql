with

contacts as (

    select
        *,
        case
            when measures_visits or measures_conversions or measures_spend then is_past
            else is_over
        end as is_known
    from {{ ref('int_campaign_contacts') }}

),

-- the shares that the shop had planned; where it names none, arms of one size
planned as (

    select
        cast(null as string) as campaign_id,
        cast(null as string) as arm,
        cast(null as double) as planned_share
    where false

    {% for campaign, arms in var('campaign_shares').items() %}
    {%- for arm, share in arms.items() %}
    union all

    select
        {{ text_list([campaign]) }} as campaign_id,
        {{ text_list([arm]) }} as arm,
        cast({{ share }} as double) as planned_share

    {% endfor %}
    {%- endfor %}
),

campaigns as (

    select
        campaign_id,
        min(contacted_at) as first_contacted_at,
        max(contacted_at) as last_contacted_at,
        count(distinct arm) as arm_count,
        count(*) as contacted_count,
        count(*) filter (where is_control) as control_count,
        count(*) filter (where is_crossed) as crossed_count,
        count(*) filter (where not is_crossed and not is_known) as open_count,
        count(*) filter (where not is_crossed and is_known) as judged_count
    from contacts

    group by campaign_id

),

arms as (

    select
        campaign_id,
        arm,
        count(*) as contacted_count
    from contacts

    where not is_crossed

    group by
        campaign_id,
        arm

),

compared as (

    select
        arms.campaign_id,
        arms.contacted_count,
        coalesce(
            planned.planned_share,
            case
                when count(planned.arm) over of_campaign = 0
                    then 1 / cast(count(*) over of_campaign as double)
            end
        ) * sum(arms.contacted_count) over of_campaign as planned_count,
        count(planned.arm) over of_campaign > 0 as has_planned_shares

    from arms

    left join planned
        on
            arms.campaign_id = planned.campaign_id
            and arms.arm = planned.arm

    window of_campaign as (partition by arms.campaign_id)

),

ratios as (

    select
        campaign_id,
        bool_or(has_planned_shares) as has_planned_shares,
        bool_or(planned_count is null) as lacks_a_share,
        count(*) as arm_count,
        cast(sum(cast(
            power(contacted_count - planned_count, 2) / nullif(planned_count, 0) as decimal(28, 9)
        )) as double) as chi_squared
    from compared

    group by campaign_id

),

tested as (

    select
        *,
        case
            when arm_count > 1 and not lacks_a_share
                then {{ chi_squared_tail('chi_squared', '(arm_count - 1)') }}
        end as sample_ratio_p_value
    from ratios

),

final as (

    select
        campaigns.campaign_id,
        campaigns.first_contacted_at,
        campaigns.last_contacted_at,
        cast(campaigns.arm_count as bigint) as arm_count,
        cast(campaigns.contacted_count as bigint) as contacted_count,
        cast(campaigns.control_count as bigint) as control_count,
        cast(campaigns.crossed_count as bigint) as crossed_count,
        cast(campaigns.open_count as bigint) as open_count,
        cast(campaigns.judged_count as bigint) as judged_count,
        coalesce(tested.has_planned_shares, false) as has_planned_shares,
        {{ as_decimal('tested.sample_ratio_p_value', 18, 6) }} as sample_ratio_p_value,
        coalesce(tested.sample_ratio_p_value < 0.001, false) as has_ratio_mismatch,
        case
            when campaigns.control_count = 0
                then 'no arm is a control group: control_variants names the variants that are'
            when campaigns.control_count = campaigns.contacted_count
                then 'nobody was contacted: all variants are named in control_variants'
            when campaigns.judged_count = 0 and campaigns.open_count > 0
                then 'the {{ var("campaign_outcome_days") }} days after the contact are not over'
            when campaigns.judged_count = 0 then 'every customer is in several variants'
            when tested.lacks_a_share
                then
                    'campaign_shares does not name all arms, as rpt_campaign_results spells them, '
                    || 'so that their sizes cannot be judged'
            when tested.sample_ratio_p_value < 0.001 and not tested.has_planned_shares
                then
                    'arms are not of one size: campaign_shares says which shares were planned, '
                    || 'else chance did not draw them'
            when tested.sample_ratio_p_value < 0.001
                then 'arms are not as large as planned, so that chance alone did not draw them'
        end as warning

    from campaigns

    left join tested
        on campaigns.campaign_id = tested.campaign_id

)

select * from final
