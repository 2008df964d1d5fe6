with

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

histories as (

    select
        *,
        {{ ratio('gap_sum', '(purchase_days_count - 1)') }} as mean_gap_days,
        {{ ratio('(gap_sum - last_gap_days)', '(purchase_days_count - 2)') }} as earlier_gap_days
    from {{ ref('int_customer_rfm') }}

),

stages as (

    select * from {{ ref('lifecycle_stages') }}

),

tiers as (

    select * from {{ ref('customer_tiers') }}

),

shop_gaps as (

    select
        as_of_date,
        coalesce(
            percentile_disc(0.5) within group (order by mean_gap_days),
            {{ var('prediction_horizon_days') }}
        ) as shop_gap_days
    from histories

    group by as_of_date

),

-- two gaps make a habit; with fewer a customer is taken to be like the shop's others
usual_gaps as (

    select
        histories.*,
        histories.purchase_days_count > 2 as has_own_gap,
        greatest(
            case
                when histories.purchase_days_count > 2 then histories.mean_gap_days
                else shop_gaps.shop_gap_days
            end, {{ var('shortest_gap_days') }}
        ) as usual_gap_days,
        greatest(
            case
                when histories.purchase_days_count > 3 then histories.earlier_gap_days
                else shop_gaps.shop_gap_days
            end, {{ var('shortest_gap_days') }}
        ) as usual_gap_days_before

    from histories

    inner join shop_gaps
        on histories.as_of_date = shop_gaps.as_of_date

),

measured as (

    select
        as_of_date,
        customer_id,
        purchase_days_count,
        cast(return_share as decimal(18, 2)) as return_share,
        has_own_gap,
        last_gap_days,
        cast(usual_gap_days as decimal(18, 2)) as usual_gap_days,
        cast({{ ratio('recency_days', 'usual_gap_days') }} as decimal(18, 2)) as gaps_since,
        cast({{ ratio('last_gap_days', 'usual_gap_days_before') }} as decimal(18, 2)) as gaps_away
    from usual_gaps

),

-- the first stage that fits, of each case that occurs
cases as (

    select distinct
        purchase_days_count,
        gaps_since,
        gaps_away
    from measured

),

staged as (

    select
        cases.purchase_days_count,
        cases.gaps_since,
        cases.gaps_away,
        stages.lifecycle_stage

    from cases

    inner join stages
        on
            cases.purchase_days_count >= coalesce(stages.min_purchase_days, 0)
            and cases.purchase_days_count
            <= coalesce(stages.max_purchase_days, cases.purchase_days_count)
            and (stages.min_gaps_since is null or stages.min_gaps_since <= cases.gaps_since)
            and (stages.min_gaps_away is null or stages.min_gaps_away <= cases.gaps_away)

    qualify row_number() over (
        partition by cases.purchase_days_count, cases.gaps_since, cases.gaps_away
        order by stages.stage_number
    ) = 1

),

scored as (

    select
        measured.*,
        rfm.is_current,
        rfm.recency_days,
        rfm.monetary_score,
        rfm.frequency_score

    from measured

    inner join rfm
        on
            measured.as_of_date = rfm.as_of_date
            and measured.customer_id = rfm.customer_id

),

tier_cases as (

    select distinct
        monetary_score,
        frequency_score,
        return_share
    from scored

),

tiered as (

    select
        tier_cases.monetary_score,
        tier_cases.frequency_score,
        tier_cases.return_share,
        tiers.customer_tier

    from tier_cases

    inner join tiers
        on
            tier_cases.monetary_score >= coalesce(tiers.min_monetary_score, 1)
            and tier_cases.frequency_score >= coalesce(tiers.min_frequency_score, 1)
            and tier_cases.return_share
            <= coalesce(tiers.max_return_share, tier_cases.return_share)

    qualify row_number() over (
        partition by
            tier_cases.monetary_score, tier_cases.frequency_score, tier_cases.return_share
        order by tiers.tier_number
    ) = 1

),

final as (

    select
        scored.as_of_date,
        scored.customer_id,
        scored.is_current,
        staged.lifecycle_stage,
        scored.recency_days,
        scored.purchase_days_count,
        scored.usual_gap_days,
        scored.has_own_gap,
        scored.gaps_since,
        scored.last_gap_days,
        scored.gaps_away,
        tiered.customer_tier,
        scored.monetary_score,
        scored.frequency_score,
        scored.return_share

    from scored

    left join staged
        on
            scored.purchase_days_count = staged.purchase_days_count
            and scored.gaps_since = staged.gaps_since
            and coalesce(scored.gaps_away, -1) = coalesce(staged.gaps_away, -1)

    left join tiered
        on
            scored.monetary_score = tiered.monetary_score
            and scored.frequency_score = tiered.frequency_score
            and scored.return_share = tiered.return_share

)

select * from final
