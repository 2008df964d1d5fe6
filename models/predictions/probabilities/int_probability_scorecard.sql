{#- Of each metric the value and its interval; only Brier decides. -#}
{%- set plain_metrics = [
    'average_precision', 'calibration_error', 'log_loss', 'top_decile_lift'
] -%}
{%- set called_metrics = ['accuracy', 'precision_rate', 'recall', 'f1'] -%}

with

figures as (

    select * from {{ ref('int_probability_figures') }}
    where not is_fitted_on

),

dates as (

    select * from {{ ref('int_prediction_dates') }}
    where
        task in ({{ probability_tasks() }})
        and is_backtest

),

-- the rule that others have to beat, and of propensity the others beside it
all_rules as (

    select
        task,
        method as baseline,
        is_rule as is_decisive
    from {{ ref('int_prediction_methods') }}

    where
        task in ({{ probability_tasks() }})
        and (is_rule or (task != 'churn' and not is_learned))

),

rules as (

    select
        task,
        baseline
    from all_rules

    where is_decisive

),

ranks as (

    select ranks.*

    from {{ ref('int_probability_ranks') }} as ranks

    inner join dates
        on
            ranks.task = dates.task
            and ranks.as_of_date = dates.as_of_date

    where not ranks.is_fitted_on

),

-- each row beside the rule: the squared errors, and on the curve the placements
compared as (

    select
        ranks.task,
        ranks.as_of_date,
        ranks.method,
        ranks.customer_id,
        all_rules.baseline,
        all_rules.is_decisive,
        ranks.has_happened,
        ranks.probability - case when ranks.has_happened then 1 else 0 end as error,
        cast(power(
            ranks.probability - case when ranks.has_happened then 1 else 0 end, 2
        ) as decimal(18, 9)) as squared_error,
        cast(power(
            ruled.probability - case when ranks.has_happened then 1 else 0 end, 2
        ) as decimal(18, 9)) as rule_squared_error,
        ranks.placement,
        ranks.placement - ruled.placement as placement_difference

    from ranks

    inner join all_rules
        on ranks.task = all_rules.task

    inner join ranks as ruled
        on
            ranks.task = ruled.task
            and ranks.as_of_date = ruled.as_of_date
            and ranks.customer_id = ruled.customer_id
            and ranks.product_id is not distinct from ruled.product_id
            and all_rules.baseline = ruled.method

),

-- what one customer does with several products is alike, so a customer counts once
customer_errors as (

    select
        task,
        as_of_date,
        method,
        baseline,
        is_decisive,
        customer_id,
        {%- for column in ['error', 'squared_error', 'rule_squared_error'] %}
        {{ decimal_mean(column, 18, 9) }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from compared

    group by
        task,
        as_of_date,
        method,
        baseline,
        is_decisive,
        customer_id

),

slices as (

    select * from {{ ref('int_prediction_slices') }}

),

sliced as (

    select
        customer_errors.*,
        slices.slice

    from customer_errors

    inner join slices
        on
            customer_errors.as_of_date = slices.as_of_date
            and customer_errors.customer_id = slices.customer_id

    where customer_errors.task = 'churn'

    union all

    select
        *,
        'all customers' as slice
    from customer_errors

    where task != 'churn'

),

brier_sums as (

    select
        task,
        as_of_date,
        method,
        baseline,
        is_decisive,
        slice,
        count(*) as row_count,
        count(*) filter (where squared_error != rule_squared_error) as differing_count,
        sum(error) as error_sum,
        sum(squared_error) as brier_sum,
        sum(cast(squared_error * squared_error as decimal(18, 12))) as brier_square_sum,
        sum(rule_squared_error) as rule_sum,
        sum(squared_error - rule_squared_error) as difference_sum,
        sum(cast(
            (squared_error - rule_squared_error)
            * (squared_error - rule_squared_error) as decimal(18, 12)
        )) as difference_square_sum
    from sliced

    group by
        task,
        as_of_date,
        method,
        baseline,
        is_decisive,
        slice

),

brier as (

    select
        *,
        cast(brier_sum as double) / row_count as value,
        {{ margin('brier_sum', 'brier_square_sum', 'row_count') }} as value_margin,
        cast(rule_sum as double) / row_count as baseline_value,
        cast(difference_sum as double) / row_count as difference,
        {{ margin(
            'difference_sum', 'difference_square_sum', 'row_count'
        ) }} as difference_margin
    from brier_sums

),

judged as (

    select
        *,
        case
            when
                is_decisive
                and method != baseline
                and {{ has_verdict('row_count', 'differing_count') }}
                then difference + difference_margin < 0
        end as beats_baseline
    from brier

),

-- DeLong, DeLong, Clarke-Pearson (1988): the variances of placements among those that happened and
-- those that did not, each over their number; only where no customer has two rows, which are alike
placement_sums as (

    select
        task,
        as_of_date,
        method,
        has_happened,
        count(*) as row_count,
        count(*) > count(distinct customer_id) as has_several,
        sum(placement) as placement_sum,
        sum(cast(placement * placement as decimal(18, 12))) as placement_square_sum,
        sum(placement_difference) as difference_sum,
        sum(cast(
            placement_difference * placement_difference as decimal(18, 12)
        )) as difference_square_sum
    from compared

    where is_decisive

    group by
        task,
        as_of_date,
        method,
        has_happened

),

placement_errors as (

    select
        *,
        {{ standard_error('placement_sum', 'placement_square_sum', 'row_count') }} as error,
        {{ standard_error(
            'difference_sum', 'difference_square_sum', 'row_count'
        ) }} as difference_error
    from placement_sums

),

curves as (

    select
        happened.task,
        happened.as_of_date,
        happened.method,
        happened.row_count + stayed.row_count as row_count,
        cast(happened.placement_sum as double) / happened.row_count as auc,
        cast(happened.difference_sum as double) / happened.row_count as difference,
        1.96 * sqrt(power(happened.error, 2) + power(stayed.error, 2)) as auc_margin,
        1.96 * sqrt(
            power(happened.difference_error, 2) + power(stayed.difference_error, 2)
        ) as difference_margin,
        not happened.has_several and not stayed.has_several as has_interval

    from placement_errors as happened

    inner join placement_errors as stayed
        on
            happened.task = stayed.task
            and happened.as_of_date = stayed.as_of_date
            and happened.method = stayed.method
            and not stayed.has_happened

    where happened.has_happened

),

metric_rows as (

    select
        task,
        as_of_date,
        method,
        slice,
        'brier' as metric,
        value,
        greatest(value - value_margin, 0) as low,
        least(value + value_margin, 1) as high,
        baseline_value,
        beats_baseline,
        row_count
    from judged

    where is_decisive

    union all

    select
        task,
        as_of_date,
        method,
        slice,
        case
            when is_decisive then 'brier_difference'
            else 'brier_difference_to_' || baseline
        end as metric,
        difference as value,
        greatest(difference - difference_margin, -1) as low,
        least(difference + difference_margin, 1) as high,
        0 as baseline_value,
        beats_baseline,
        row_count
    from judged

    where method != baseline

    union all

    select
        judged.task,
        judged.as_of_date,
        judged.method,
        judged.slice,
        'bias' as metric,
        cast(judged.error_sum as double) / judged.row_count as value,
        cast(null as double) as low,
        cast(null as double) as high,
        cast(ruled.error_sum as double) / ruled.row_count as baseline_value,
        cast(null as boolean) as beats_baseline,
        judged.row_count

    from judged

    inner join judged as ruled
        on
            judged.task = ruled.task
            and judged.as_of_date = ruled.as_of_date
            and judged.slice = ruled.slice
            and judged.baseline = ruled.method
            and judged.is_decisive
            and ruled.is_decisive

    union all

    select
        curves.task,
        curves.as_of_date,
        curves.method,
        'all customers' as slice,
        'auc' as metric,
        curves.auc as value,
        case
            when curves.has_interval then greatest(curves.auc - curves.auc_margin, 0)
        end as low,
        case
            when curves.has_interval then least(curves.auc + curves.auc_margin, 1)
        end as high,
        curves.auc - curves.difference as baseline_value,
        cast(null as boolean) as beats_baseline,
        curves.row_count
    from curves

    union all

    select
        curves.task,
        curves.as_of_date,
        curves.method,
        'all customers' as slice,
        'auc_difference' as metric,
        curves.difference as value,
        case
            when curves.has_interval then greatest(curves.difference - curves.difference_margin, -1)
        end as low,
        case
            when curves.has_interval then least(curves.difference + curves.difference_margin, 1)
        end as high,
        0 as baseline_value,
        cast(null as boolean) as beats_baseline,
        curves.row_count

    from curves

    inner join rules
        on curves.task = rules.task

    where curves.method != rules.baseline

    {% for metric in plain_metrics + called_metrics -%}
    union all

    select
        figures.task,
        figures.as_of_date,
        figures.method,
        'all customers' as slice,
        '{{ metric }}' as metric,
        cast(figures.{{ metric }} as double) as value,
        cast(null as double) as low,
        cast(null as double) as high,
        cast(ruled.{{ metric }} as double) as baseline_value,
        cast(null as boolean) as beats_baseline,
        figures.row_count

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
    {%- if metric in called_metrics %}

    where figures.task != 'churn'
    {%- endif %}

    {% endfor %}
),

final as (

    select
        metric_rows.task,
        case metric_rows.task
            {%- for task in prediction_tasks() if task.is_probability %}
            when '{{ task.name }}' then '{{ task.population }}'
            {%- endfor %}
        end as list,
        metric_rows.method,
        'time_cut' as protocol,
        metric_rows.as_of_date,
        metric_rows.slice,
        metric_rows.metric,
        cast(null as int) as k,
        {{ as_decimal('metric_rows.value', 18, 6) }} as value,
        {{ as_decimal('metric_rows.low', 18, 6) }} as low,
        {{ as_decimal('metric_rows.high', 18, 6) }} as high,
        case
            when metric_rows.metric like 'brier_difference_to_%'
                then replace(metric_rows.metric, 'brier_difference_to_', '')
            else rules.baseline
        end as baseline,
        {{ as_decimal('metric_rows.baseline_value', 18, 6) }} as baseline_value,
        metric_rows.beats_baseline,
        cast(metric_rows.row_count as bigint) as rows_scored

    from metric_rows

    inner join rules
        on metric_rows.task = rules.task

)

select * from final
