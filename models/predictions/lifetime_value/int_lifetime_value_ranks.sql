with

trials as (

    select * from {{ ref('int_lifetime_value_trials') }}

),

predictions as (

    select
        as_of_date,
        horizon_days,
        target,
        method,
        prediction,
        actual
    from trials

    where prediction is not null

    union all

    select
        as_of_date,
        horizon_days,
        target,
        rule as method,
        rule_prediction as prediction,
        actual
    from trials

    where not is_challenger

),

-- equal values share the mean of their ranks
ranked as (

    select
        as_of_date,
        horizon_days,
        target,
        method,
        actual > 0 as is_positive,
        cast(
            rank() over (
                partition by as_of_date, horizon_days, target, method
                order by prediction
            )
            + (count(*) over (
                partition by as_of_date, horizon_days, target, method, prediction
            ) - 1) / cast(2 as double) as decimal(18, 1)
        ) as prediction_rank,
        cast(
            rank() over (
                partition by as_of_date, horizon_days, target, method
                order by actual
            )
            + (count(*) over (
                partition by as_of_date, horizon_days, target, method, actual
            ) - 1) / cast(2 as double) as decimal(18, 1)
        ) as actual_rank
    from predictions

),

sums as (

    select
        as_of_date,
        horizon_days,
        target,
        method,
        cast(count(*) as double) as row_count,
        cast(count(*) filter (where is_positive) as double) as positive_count,
        cast(sum(case when is_positive then prediction_rank else 0 end) as double)
            as positive_rank_sum,
        cast(sum(prediction_rank) as double) as rank_sum,
        {%- for first, second in [
            ('prediction', 'actual'), ('prediction', 'prediction'), ('actual', 'actual')
        ] %}
        cast(sum(cast(
            cast({{ first }}_rank as double) * {{ second }}_rank as decimal(38, 2)
        )) as double) as {{ first }}_{{ second }}_sum{{ ',' if not loop.last }}
        {%- endfor %}
    from ranked

    group by
        as_of_date,
        horizon_days,
        target,
        method

),

-- Mann and Whitney's (1947) U for AUC; Pearson's correlation of ranks is Spearman's
final as (

    select
        as_of_date,
        horizon_days,
        target,
        method,
        cast(
            (positive_rank_sum - positive_count * (positive_count + 1) / 2)
            / nullif(positive_count * (row_count - positive_count), 0) as decimal(18, 6)
        ) as auc,
        cast(
            (prediction_actual_sum - rank_sum * rank_sum / row_count)
            / nullif(
                sqrt(greatest(prediction_prediction_sum - rank_sum * rank_sum / row_count, 0))
                * sqrt(greatest(actual_actual_sum - rank_sum * rank_sum / row_count, 0)), 0
            ) as decimal(18, 6)
        ) as spearman,
        cast(row_count as bigint) as row_count

    from sums

)

select * from final
