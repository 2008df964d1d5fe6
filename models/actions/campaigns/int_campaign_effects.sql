with

arms as (

    select * from {{ ref('int_campaign_arms') }}

),

-- how much of an outcome the spend before tells, alike in all arms
slopes as (

    select
        campaign_id,
        metric,
        {{ product_sum('covariance', 'contacted_count - 1') }}
        / nullif({{ product_sum('history_variance', 'contacted_count - 1') }}, 0) as slope
    from arms

    group by
        campaign_id,
        metric

),

beside as (

    select
        arms.campaign_id,
        arms.metric,
        arms.arm,
        arms.is_measured,
        arms.contacted_count,
        controls.contacted_count as control_count,
        arms.responder_count + controls.responder_count as responder_count,
        arms.mean_outcome,
        controls.mean_outcome as control_mean,
        arms.mean_outcome - controls.mean_outcome as lift,
        arms.outcome_variance / arms.contacted_count as square,
        controls.outcome_variance / controls.contacted_count as control_square,
        arms.mean_outcome - controls.mean_outcome
        - coalesce(slopes.slope, 0) * (arms.mean_history - controls.mean_history) as cuped_lift,
        (
            arms.outcome_variance
            - 2 * coalesce(slopes.slope, 0) * arms.covariance
            + power(coalesce(slopes.slope, 0), 2) * arms.history_variance
        ) / arms.contacted_count as cuped_square,
        (
            controls.outcome_variance
            - 2 * coalesce(slopes.slope, 0) * controls.covariance
            + power(coalesce(slopes.slope, 0), 2) * controls.history_variance
        ) / controls.contacted_count as cuped_control_square

    from arms

    inner join arms as controls
        on
            arms.campaign_id = controls.campaign_id
            and arms.metric = controls.metric
            and controls.is_control

    inner join slopes
        on
            arms.campaign_id = slopes.campaign_id
            and arms.metric = slopes.metric

    where not arms.is_control

),

final as (

    select
        *,
        sqrt(square + control_square) as standard_error,
        sqrt(greatest(cuped_square + cuped_control_square, 0)) as cuped_standard_error,
        {{ welch_degrees(
            'square', 'contacted_count', 'control_square', 'control_count'
        ) }} as degrees_of_freedom
    from beside

)

select * from final
