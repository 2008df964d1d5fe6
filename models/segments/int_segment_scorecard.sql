with

outcomes as (

    select * from {{ ref('int_customer_outcomes') }}
    where horizon_days = {{ var('prediction_horizon_days') }}

),

backtests as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_backtest

),

segments as (

    select * from {{ ref('fct_customer_segments') }}
    where is_own_fit

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

-- the rule to beat: the cells of recency score by FM score
groupings as (

    select
        as_of_date,
        customer_id,
        segmentation as method,
        cast(segment as string) as group_name
    from segments

    union all

    select
        as_of_date,
        customer_id,
        'rfm_cells' as method,
        cast(recency_score as string) || '-' || cast(fm_score as string) as group_name
    from rfm

),

results as (

    select
        groupings.as_of_date,
        groupings.method,
        groupings.group_name,
        cast(case when outcomes.has_purchased then 1 else 0 end as decimal(18, 6)) as has_purchased,
        cast(outcomes.purchase_count as decimal(18, 6)) as purchase_count,
        cast({{ log_amount('outcomes.net_amount') }} as decimal(18, 6)) as log_net_amount

    from groupings

    inner join backtests
        on groupings.as_of_date = backtests.as_of_date

    inner join outcomes
        on
            groupings.as_of_date = outcomes.as_of_date
            and groupings.customer_id = outcomes.customer_id

),

long as (

    {% for outcome in ['has_purchased', 'purchase_count', 'log_net_amount'] -%}
    select
        as_of_date,
        method,
        group_name,
        '{{ outcome }}' as outcome,
        {{ outcome }} as outcome_value
    from results

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

group_sums as (

    select
        as_of_date,
        method,
        outcome,
        group_name,
        count(*) as row_count,
        cast(sum(outcome_value) as double) as value_sum,
        sum(
            cast(cast(outcome_value as double) * outcome_value as decimal(28, 6))
        ) as square_sum

    from long

    group by
        as_of_date,
        method,
        outcome,
        group_name

),

-- squares between groups, rounded so that they may be summed in any order
shares as (

    select
        as_of_date,
        method,
        outcome,
        sum(row_count) as row_count,
        cast(
            sum(cast(value_sum * value_sum / row_count as decimal(28, 6))) as double
        ) as between_sum,
        cast(sum(cast(value_sum as decimal(28, 6))) as double) as value_sum,
        cast(sum(square_sum) as double) as square_sum

    from group_sums

    group by
        as_of_date,
        method,
        outcome

),

eta as (

    select
        as_of_date,
        method,
        outcome,
        row_count,
        cast(
            (between_sum - value_sum * value_sum / row_count)
            / nullif(square_sum - value_sum * value_sum / row_count, 0) as decimal(18, 6)
        ) as eta_squared

    from shares

),

final as (

    select
        'segmentation' as task,
        eta.outcome as list,
        eta.method,
        'time_cut' as protocol,
        eta.as_of_date,
        'all customers' as slice,
        'eta_squared' as metric,
        cast(null as int) as k,
        eta.eta_squared as value,
        cast(null as decimal(18, 6)) as low,
        cast(null as decimal(18, 6)) as high,
        rule.method as baseline,
        rule.eta_squared as baseline_value,
        -- segments describe how people buy and predict nothing, so there is nothing to win
        cast(null as boolean) as beats_baseline,
        cast(eta.row_count as bigint) as rows_scored

    from eta

    inner join eta as rule
        on
            eta.as_of_date = rule.as_of_date
            and eta.outcome = rule.outcome
            and rule.method = 'rfm_cells'

)

select * from final
