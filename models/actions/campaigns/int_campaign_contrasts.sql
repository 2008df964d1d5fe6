with

sums as (

    select * from {{ ref('int_campaign_sums') }}

),

-- in a group of customers, and among all others
sides as (

    select
        groups.campaign_id,
        groups.metric,
        groups.arm,
        groups.is_control,
        groups.attribute,
        groups.attribute_value,
        groups.contacted_count,
        cast(groups.outcome as double) / groups.contacted_count as mean_outcome,
        {{ sample_variance(
            'groups.outcome', 'groups.outcome_squares', 'groups.contacted_count'
        ) }} / groups.contacted_count as square,
        everybody.contacted_count - groups.contacted_count as other_count,
        cast(everybody.outcome - groups.outcome as double)
        / nullif(everybody.contacted_count - groups.contacted_count, 0) as other_mean,
        {{ sample_variance(
            '(everybody.outcome - groups.outcome)',
            '(everybody.outcome_squares - groups.outcome_squares)',
            'nullif(everybody.contacted_count - groups.contacted_count, 0)'
        ) }} / nullif(everybody.contacted_count - groups.contacted_count, 0) as other_square

    from sums as groups

    inner join sums as everybody
        on
            groups.campaign_id = everybody.campaign_id
            and groups.metric = everybody.metric
            and groups.arm = everybody.arm
            and everybody.attribute = 'all customers'

    where groups.attribute != 'all customers'

),

final as (

    select
        sides.campaign_id,
        sides.metric,
        sides.arm,
        sides.attribute,
        sides.attribute_value,
        sides.contacted_count,
        controls.contacted_count as control_count,
        least(
            sides.contacted_count, controls.contacted_count,
            sides.other_count, controls.other_count
        ) as smallest_count,
        sides.mean_outcome - controls.mean_outcome as lift,
        sqrt(sides.square + controls.square) as standard_error,
        {{ welch_degrees(
            'sides.square', 'sides.contacted_count', 'controls.square', 'controls.contacted_count'
        ) }} as degrees_of_freedom,
        sides.other_mean - controls.other_mean as other_lift,
        sqrt(
            sides.square + controls.square + sides.other_square + controls.other_square
        ) as difference_error

    from sides

    inner join sides as controls
        on
            sides.campaign_id = controls.campaign_id
            and sides.metric = controls.metric
            and sides.attribute = controls.attribute
            and sides.attribute_value = controls.attribute_value
            and controls.is_control

    where not sides.is_control

)

select * from final
