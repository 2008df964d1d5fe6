{#- Of each metric the value and its interval; only the mean absolute error decides. -#}
{%- set plain_metrics = ['rmse', 'r2', 'top_decile_share'] -%}

with

methods as (

    select * from {{ ref('int_prediction_methods') }}
    where task not in ({{ probability_tasks() }})

),

rules as (

    select
        task,
        method as baseline
    from methods

    where is_rule

),

dates as (

    select * from {{ ref('int_prediction_dates') }}
    where is_backtest

),

trials as (

    select trials.*

    from {{ ref('int_prediction_trials') }} as trials

    inner join dates
        on
            trials.task = dates.task
            and trials.as_of_date = dates.as_of_date

    where
        trials.task not in ({{ probability_tasks() }})
        and trials.is_taken
        and not trials.is_fitted_on

),

slices as (

    select * from {{ ref('int_prediction_slices') }}

),

figures as (

    select * from {{ ref('int_amount_figures') }}
    where not is_fitted_on

),

compared as (

    select
        trials.task,
        trials.as_of_date,
        trials.method,
        trials.customer_id,
        rules.baseline,
        methods.has_total,
        trials.outcome,
        trials.prediction,
        trials.error,
        ruled.prediction as rule_prediction,
        ruled.error as rule_error,
        trials.error - ruled.error as difference

    from trials

    inner join methods
        on
            trials.task = methods.task
            and trials.method = methods.method

    inner join rules
        on trials.task = rules.task

    inner join trials as ruled
        on
            trials.task = ruled.task
            and trials.as_of_date = ruled.as_of_date
            and trials.customer_id = ruled.customer_id
            and rules.baseline = ruled.method

),

sums as (

    select
        compared.task,
        compared.as_of_date,
        compared.method,
        compared.baseline,
        slices.slice,
        bool_or(compared.has_total) as has_total,
        count(*) as row_count,
        count(*) filter (where compared.difference != 0) as differing_count,
        {%- for column in [
            'outcome', 'prediction', 'rule_prediction', 'error', 'rule_error', 'difference'
        ] %}
        cast(sum(compared.{{ column }}) as double) as {{ column }}_sum,
        {%- endfor %}
        {{ product_sum('compared.error', 'compared.error') }} as error_square_sum,
        {{ product_sum(
            'compared.difference', 'compared.difference'
        ) }} as difference_square_sum

    from compared

    inner join slices
        on
            compared.as_of_date = slices.as_of_date
            and compared.customer_id = slices.customer_id

    group by
        compared.task,
        compared.as_of_date,
        compared.method,
        compared.baseline,
        slices.slice

),

means as (

    select
        *,
        error_sum / row_count as mae,
        rule_error_sum / row_count as rule_mae,
        {{ margin('error_sum', 'error_square_sum', 'row_count') }} as mae_margin,
        difference_sum / row_count as difference,
        {{ margin('difference_sum', 'difference_square_sum', 'row_count') }} as difference_margin,
        {{ bounded_ratio('prediction_sum', 'outcome_sum') }} - 1 as bias,
        {{ bounded_ratio('rule_prediction_sum', 'outcome_sum') }} - 1 as rule_bias
    from sums

),

-- less error, and of amounts a total that is not far off
judged as (

    select
        *,
        case
            when method != baseline and {{ has_verdict('row_count', 'differing_count') }}
                then coalesce(
                    difference + difference_margin < 0
                    and (not has_total or abs(bias) <= {{ accepted_bias() }}), false
                )
        end as beats_baseline
    from means

),

metric_rows as (

    select
        task,
        as_of_date,
        method,
        baseline,
        slice,
        'mae' as metric,
        mae as value,
        greatest(mae - mae_margin, 0) as low,
        mae + mae_margin as high,
        rule_mae as baseline_value,
        beats_baseline,
        row_count
    from judged

    union all

    select
        task,
        as_of_date,
        method,
        baseline,
        slice,
        'mae_difference' as metric,
        difference as value,
        difference - difference_margin as low,
        difference + difference_margin as high,
        0 as baseline_value,
        beats_baseline,
        row_count
    from judged

    where method != baseline

    union all

    select
        task,
        as_of_date,
        method,
        baseline,
        slice,
        'bias' as metric,
        bias as value,
        cast(null as double) as low,
        cast(null as double) as high,
        rule_bias as baseline_value,
        cast(null as boolean) as beats_baseline,
        row_count
    from judged

    {% for metric in plain_metrics -%}
    union all

    select
        figures.task,
        figures.as_of_date,
        figures.method,
        rules.baseline,
        'all customers' as slice,
        '{{ metric }}' as metric,
        cast(figures.{{ metric }} as double) as value,
        cast(null as double) as low,
        cast(null as double) as high,
        cast(ruled.{{ metric }} as double) as baseline_value,
        cast(null as boolean) as beats_baseline,
        figures.customer_count as row_count

    from figures

    inner join dates
        on
            figures.task = dates.task
            and figures.as_of_date = dates.as_of_date

    inner join rules
        on figures.task = rules.task

    inner join figures as ruled
        on
            figures.task = ruled.task
            and figures.as_of_date = ruled.as_of_date
            and rules.baseline = ruled.method

    where figures.task != 'next_order'

    {% endfor %}
),

final as (

    select
        task,
        'customers' as list,
        method,
        'time_cut' as protocol,
        as_of_date,
        slice,
        metric,
        cast(null as int) as k,
        {{ as_decimal('value', 28, 6) }} as value,
        {{ as_decimal('low', 28, 6) }} as low,
        {{ as_decimal('high', 28, 6) }} as high,
        baseline,
        {{ as_decimal('baseline_value', 28, 6) }} as baseline_value,
        beats_baseline,
        cast(row_count as bigint) as rows_scored
    from metric_rows

)

select * from final
