{#- Of each metric the value and its interval; only Brier decides. -#}
{%- set plain_metrics = [
    'average_precision', 'calibration_error', 'log_loss', 'top_decile_lift'
] -%}

with

figures as (

    select * from {{ ref('int_churn_figures') }}
    where not is_fitted_on

),

dates as (

    select * from {{ ref('int_prediction_dates') }}
    where
        task = 'churn'
        and is_backtest

),

rule as (

    select method as baseline from {{ ref('int_prediction_methods') }}
    where
        task = 'churn'
        and is_rule

),

ranks as (

    select ranks.*

    from {{ ref('int_churn_ranks') }} as ranks

    inner join dates
        on ranks.as_of_date = dates.as_of_date

    where not ranks.is_fitted_on

),

-- each customer beside the rule: the squared errors, and on the curve the placements
compared as (

    select
        ranks.as_of_date,
        ranks.method,
        ranks.customer_id,
        rule.baseline,
        ranks.has_churned,
        ranks.churn_probability - case when ranks.has_churned then 1 else 0 end as error,
        cast(power(
            ranks.churn_probability - case when ranks.has_churned then 1 else 0 end, 2
        ) as decimal(18, 9)) as squared_error,
        cast(power(
            rules.churn_probability - case when ranks.has_churned then 1 else 0 end, 2
        ) as decimal(18, 9)) as rule_squared_error,
        ranks.placement,
        ranks.placement - rules.placement as placement_difference

    from ranks

    cross join rule

    inner join ranks as rules
        on
            ranks.as_of_date = rules.as_of_date
            and ranks.customer_id = rules.customer_id
            and rule.baseline = rules.method

),

slices as (

    select * from {{ ref('int_prediction_slices') }}

),

brier_sums as (

    select
        compared.as_of_date,
        compared.method,
        compared.baseline,
        slices.slice,
        count(*) as row_count,
        count(*) filter (
            where compared.squared_error != compared.rule_squared_error
        ) as differing_count,
        sum(compared.error) as error_sum,
        sum(compared.squared_error) as brier_sum,
        sum(
            cast(compared.squared_error * compared.squared_error as decimal(18, 12))
        ) as brier_square_sum,
        sum(compared.rule_squared_error) as rule_sum,
        sum(compared.squared_error - compared.rule_squared_error) as difference_sum,
        sum(cast(
            (compared.squared_error - compared.rule_squared_error)
            * (compared.squared_error - compared.rule_squared_error) as decimal(18, 12)
        )) as difference_square_sum

    from compared

    inner join slices
        on
            compared.as_of_date = slices.as_of_date
            and compared.customer_id = slices.customer_id

    group by
        compared.as_of_date,
        compared.method,
        compared.baseline,
        slices.slice

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
            when method != baseline and {{ has_verdict('row_count', 'differing_count') }}
                then difference + difference_margin < 0
        end as beats_baseline
    from brier

),

-- DeLong, DeLong, Clarke-Pearson (1988): the variances of placements among those who churned and
-- those who did not, each over their number
placement_sums as (

    select
        as_of_date,
        method,
        has_churned,
        count(*) as row_count,
        sum(placement) as placement_sum,
        sum(cast(placement * placement as decimal(18, 12))) as placement_square_sum,
        sum(placement_difference) as difference_sum,
        sum(cast(
            placement_difference * placement_difference as decimal(18, 12)
        )) as difference_square_sum
    from compared

    group by
        as_of_date,
        method,
        has_churned

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
        churned.as_of_date,
        churned.method,
        churned.row_count + stayed.row_count as row_count,
        cast(churned.placement_sum as double) / churned.row_count as auc,
        1.96 * sqrt(power(churned.error, 2) + power(stayed.error, 2)) as auc_margin,
        cast(churned.difference_sum as double) / churned.row_count as difference,
        1.96 * sqrt(
            power(churned.difference_error, 2) + power(stayed.difference_error, 2)
        ) as difference_margin

    from placement_errors as churned

    inner join placement_errors as stayed
        on
            churned.as_of_date = stayed.as_of_date
            and churned.method = stayed.method
            and not stayed.has_churned

    where churned.has_churned

),

metric_rows as (

    select
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

    union all

    select
        as_of_date,
        method,
        slice,
        'brier_difference' as metric,
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
        judged.as_of_date,
        judged.method,
        judged.slice,
        'bias' as metric,
        cast(judged.error_sum as double) / judged.row_count as value,
        cast(null as double) as low,
        cast(null as double) as high,
        cast(rules.error_sum as double) / rules.row_count as baseline_value,
        cast(null as boolean) as beats_baseline,
        judged.row_count

    from judged

    inner join judged as rules
        on
            judged.as_of_date = rules.as_of_date
            and judged.slice = rules.slice
            and judged.baseline = rules.method

    union all

    select
        curves.as_of_date,
        curves.method,
        'all customers' as slice,
        'auc' as metric,
        curves.auc as value,
        greatest(curves.auc - curves.auc_margin, 0) as low,
        least(curves.auc + curves.auc_margin, 1) as high,
        curves.auc - curves.difference as baseline_value,
        cast(null as boolean) as beats_baseline,
        curves.row_count
    from curves

    union all

    select
        curves.as_of_date,
        curves.method,
        'all customers' as slice,
        'auc_difference' as metric,
        curves.difference as value,
        greatest(curves.difference - curves.difference_margin, -1) as low,
        least(curves.difference + curves.difference_margin, 1) as high,
        0 as baseline_value,
        cast(null as boolean) as beats_baseline,
        curves.row_count

    from curves

    cross join rule

    where curves.method != rule.baseline

    {% for metric in plain_metrics -%}
    union all

    select
        figures.as_of_date,
        figures.method,
        'all customers' as slice,
        '{{ metric }}' as metric,
        cast(figures.{{ metric }} as double) as value,
        cast(null as double) as low,
        cast(null as double) as high,
        cast(rules.{{ metric }} as double) as baseline_value,
        cast(null as boolean) as beats_baseline,
        figures.customer_count as row_count

    from figures

    inner join dates
        on figures.as_of_date = dates.as_of_date

    cross join rule

    inner join figures as rules
        on
            figures.as_of_date = rules.as_of_date
            and rule.baseline = rules.method

    {% endfor %}
),

final as (

    select
        'churn' as task,
        'customers' as list,
        metric_rows.method,
        'time_cut' as protocol,
        metric_rows.as_of_date,
        metric_rows.slice,
        metric_rows.metric,
        cast(null as int) as k,
        cast(metric_rows.value as decimal(18, 6)) as value,
        cast(metric_rows.low as decimal(18, 6)) as low,
        cast(metric_rows.high as decimal(18, 6)) as high,
        rule.baseline,
        cast(metric_rows.baseline_value as decimal(18, 6)) as baseline_value,
        metric_rows.beats_baseline,
        cast(metric_rows.row_count as bigint) as rows_scored

    from metric_rows

    cross join rule

)

select * from final
