{#- Of each metric the value and its interval; only precision at 100 decides. -#}
{%- set rule = order_risk_methods()[0].name -%}
{%- set deciding_look = 100 -%}
{%- set fewest_differing_hits = 6 -%}  {#- fewer tell nothing, whichever of the two found them -#}

with

figures as (

    select
        *,
        cast(found_count as double) / k as found_share,
        cast(only_found_count - only_rule_found_count as double) / k as difference,
        only_found_count + only_rule_found_count as differing_count,
        -- wider by half a hit on each side, since hits are whole (McNemar 1947, Edwards 1948)
        {{ margin(
            '(only_found_count - only_rule_found_count)',
            '(only_found_count + only_rule_found_count)', 'k'
        ) }} + 1.0 / k as difference_margin,
        cast(hit_count as double) / order_count as hit_share
    from {{ ref('int_order_risk_figures') }}

),

judged as (

    select
        figures.*,
        cast(rules.found_count as double) / rules.k as rule_found_share,
        rules.auc as rule_auc,
        rules.average_precision as rule_average_precision,
        case
            when
                figures.k = {{ deciding_look }}
                and figures.method != '{{ rule }}'
                and figures.order_count >= {{ var('min_customers') }}
                and figures.differing_count >= {{ fewest_differing_hits }}
                then figures.difference - figures.difference_margin > 0
        end as beats_baseline

    from figures

    inner join figures as rules
        on
            figures.list = rules.list
            and figures.as_of_date = rules.as_of_date
            and figures.k = rules.k
            and rules.method = '{{ rule }}'

),

metric_rows as (

    select
        list,
        as_of_date,
        is_current,
        method,
        'precision' as metric,
        k,
        found_share as value,
        {{ wilson('found_share', 'k', '-') }} as low,
        {{ wilson('found_share', 'k', '+') }} as high,
        rule_found_share as baseline_value,
        beats_baseline,
        order_count
    from judged

    union all

    select
        list,
        as_of_date,
        is_current,
        method,
        'precision_difference' as metric,
        k,
        difference as value,
        greatest(difference - difference_margin, -1) as low,
        least(difference + difference_margin, 1) as high,
        0 as baseline_value,
        beats_baseline,
        order_count
    from judged

    where method != '{{ rule }}'

    union all

    select
        list,
        as_of_date,
        is_current,
        method,
        'lift' as metric,
        k,
        found_share / hit_share as value,
        cast(null as double) as low,
        cast(null as double) as high,
        rule_found_share / hit_share as baseline_value,
        cast(null as boolean) as beats_baseline,
        order_count
    from judged

    {% for metric in ['auc', 'average_precision'] -%}
    union all

    select distinct
        list,
        as_of_date,
        is_current,
        method,
        '{{ metric }}' as metric,
        cast(null as int) as k,
        {{ metric }} as value,
        cast(null as double) as low,
        cast(null as double) as high,
        rule_{{ metric }} as baseline_value,
        cast(null as boolean) as beats_baseline,
        order_count
    from judged

    {% endfor %}
),

final as (

    select
        'order_risk' as task,
        list,
        method,
        case when is_current then 'in_sample' else 'time_cut' end as protocol,
        as_of_date,
        'all orders' as slice,
        metric,
        cast(k as int) as k,
        {{ as_decimal('value', 18, 6) }} as value,
        {{ as_decimal('low', 18, 6) }} as low,
        {{ as_decimal('high', 18, 6) }} as high,
        '{{ rule }}' as baseline,
        {{ as_decimal('baseline_value', 18, 6) }} as baseline_value,
        beats_baseline,
        cast(order_count as bigint) as rows_scored
    from metric_rows

)

select * from final
