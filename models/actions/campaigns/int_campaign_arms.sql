with

sums as (

    select * from {{ ref('int_campaign_sums') }}
    where attribute = 'all customers'

),

arms as (

    select
        campaign_id,
        metric,
        arm,
        is_control,
        is_measured,
        contacted_count,
        responder_count,
        outcome,
        history,
        cast(outcome as double) / contacted_count as mean_outcome,
        cast(history as double) / contacted_count as mean_history,
        {{ sample_variance('outcome', 'outcome_squares', 'contacted_count') }} as outcome_variance,
        {{ sample_variance('history', 'history_squares', 'contacted_count') }} as history_variance,
        {{ sample_covariance('outcome', 'history', 'products', 'contacted_count') }} as covariance
    from sums

)

select * from arms
