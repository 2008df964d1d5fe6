{%- set metrics = ['precision', 'recall', 'f1', 'ndcg', 'average_precision', 'hit_rate'] -%}

with

customer_metrics as (

    select * from {{ ref('int_recommendation_customer_metrics') }}

),

catalog_metrics as (

    select * from {{ ref('int_recommendation_catalog_metrics') }}

),

dates as (

    select * from {{ ref('int_recommendation_dates') }}

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

customers as (

    select * from {{ ref('int_customers') }}

),

-- the rule that a list has to beat
baselines as (

    select
        list,
        method as baseline
    from {{ ref('int_recommendation_methods') }}

    where is_rule

),

-- each customer in every slice that they belong to, on every date
slices as (

    select
        as_of_date,
        customer_id,
        'rfm_group: ' || rfm_group as slice
    from rfm

    union all

    select
        as_of_date,
        customer_id,
        {{ new_or_old('as_of_date', 'first_purchase_date') }} as slice
    from rfm

    union all

    select
        dates.as_of_date,
        customers.customer_id,
        'country: ' || customers.country as slice

    from customers

    cross join dates

    where customers.country is not null

),

compared as (

    select
        customer_metrics.*,
        baselines.baseline,
        {%- for metric in metrics %}
        rule_metrics.{{ metric }} as baseline_{{ metric }}{{ ',' if not loop.last }}
        {%- endfor %}

    from customer_metrics

    inner join baselines
        on customer_metrics.list = baselines.list

    inner join customer_metrics as rule_metrics
        on
            customer_metrics.as_of_date = rule_metrics.as_of_date
            and customer_metrics.customer_id = rule_metrics.customer_id
            and customer_metrics.list = rule_metrics.list
            and customer_metrics.k = rule_metrics.k
            and baselines.baseline = rule_metrics.method

),

sliced as (

    select
        'all customers' as slice,
        compared.*
    from compared

    union all

    select
        'something to find' as slice,
        compared.*
    from compared

    where has_something_to_find

    union all

    select
        slices.slice,
        compared.*

    from compared

    inner join slices
        on
            compared.as_of_date = slices.as_of_date
            and compared.customer_id = slices.customer_id

    where compared.has_something_to_find

),

-- added up before metrics become rows: six times fewer rows to group; a method is compared with its
-- rule on the customers whom it serves
sums as (

    select
        as_of_date,
        slice,
        list,
        method,
        k,
        baseline,
        count(*) as row_count,
        count(*) filter (where has_list) as served_count
        {%- for metric in metrics %},
        sum({{ metric }}) as {{ metric }}_sum,
        sum(cast({{ metric }} * {{ metric }} as decimal(18, 12))) as {{ metric }}_square_sum,
        sum(baseline_{{ metric }}) as {{ metric }}_baseline_sum,
        sum({{ metric }} - baseline_{{ metric }}) filter (
            where has_list
        ) as {{ metric }}_difference_sum,
        sum(cast(
            ({{ metric }} - baseline_{{ metric }}) * ({{ metric }} - baseline_{{ metric }})
            as decimal(18, 12)
        )) filter (where has_list) as {{ metric }}_difference_square_sum,
        count(*) filter (
            where has_list and {{ metric }} != baseline_{{ metric }}
        ) as {{ metric }}_differing_count
        {%- endfor %}

    from sliced

    group by
        as_of_date,
        slice,
        list,
        method,
        k,
        baseline

),

long as (

    {% for metric in metrics -%}
    select
        as_of_date,
        slice,
        list,
        method,
        k,
        '{{ metric }}' as metric,
        baseline,
        row_count,
        served_count,
        {{ metric }}_differing_count as differing_count,
        {{ metric }}_sum as value_sum,
        {{ metric }}_square_sum as value_square_sum,
        {{ metric }}_baseline_sum as baseline_sum,
        {{ metric }}_difference_sum as difference_sum,
        {{ metric }}_difference_square_sum as difference_square_sum
    from sums

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

means as (

    select
        *,
        cast(value_sum as double) / row_count as value,
        {{ margin('value_sum', 'value_square_sum', 'row_count') }} as value_margin,
        cast(baseline_sum as double) / row_count as baseline_value,
        cast(difference_sum as double) / nullif(served_count, 0) as difference,
        {{ margin(
            'difference_sum', 'difference_square_sum', 'served_count'
        ) }} as difference_margin

    from long

),

-- one metric decides, and enough customers
judged as (

    select
        *,
        case
            when
                method != baseline
                and metric = 'ndcg'
                and k = 10
                and {{ has_verdict('served_count', 'differing_count') }}
                then difference - difference_margin > 0
        end as beats_baseline
    from means

),

metric_rows as (

    select
        list,
        method,
        as_of_date,
        slice,
        metric,
        k,
        value,
        greatest(value - value_margin, 0) as low,
        least(value + value_margin, 1) as high,
        baseline,
        baseline_value,
        beats_baseline,
        row_count
    from judged

    union all

    select
        list,
        method,
        as_of_date,
        slice,
        metric || '_difference' as metric,
        k,
        difference as value,
        greatest(difference - difference_margin, -1) as low,
        least(difference + difference_margin, 1) as high,
        baseline,
        0 as baseline_value,
        beats_baseline,
        served_count as row_count
    from judged

    where
        method != baseline
        and served_count > 0

    union all

    select
        list,
        method,
        as_of_date,
        slice,
        'customer_coverage' as metric,
        cast(null as int) as k,
        served_count / cast(row_count as double) as value,
        cast(null as double) as low,
        cast(null as double) as high,
        baseline,
        cast(null as double) as baseline_value,
        cast(null as boolean) as beats_baseline,
        row_count
    from judged

    where
        metric = 'ndcg'
        and k = 10

    union all

    select
        catalog_metrics.list,
        catalog_metrics.method,
        catalog_metrics.as_of_date,
        'all customers' as slice,
        catalog_metrics.metric,
        catalog_metrics.k,
        catalog_metrics.value,
        cast(null as double) as low,
        cast(null as double) as high,
        baselines.baseline,
        rule_metrics.value as baseline_value,
        cast(null as boolean) as beats_baseline,
        catalog_metrics.row_count

    from catalog_metrics

    inner join baselines
        on catalog_metrics.list = baselines.list

    inner join catalog_metrics as rule_metrics
        on
            catalog_metrics.as_of_date = rule_metrics.as_of_date
            and catalog_metrics.list = rule_metrics.list
            and catalog_metrics.k = rule_metrics.k
            and catalog_metrics.metric = rule_metrics.metric
            and baselines.baseline = rule_metrics.method

),

final as (

    select
        'recommendation' as task,
        metric_rows.list,
        metric_rows.method,
        dates.protocol,
        dates.known_as_of_date as as_of_date,
        metric_rows.slice,
        metric_rows.metric,
        cast(metric_rows.k as int) as k,
        {{ as_decimal('metric_rows.value', 18, 6) }} as value,
        {{ as_decimal('metric_rows.low', 18, 6) }} as low,
        {{ as_decimal('metric_rows.high', 18, 6) }} as high,
        metric_rows.baseline,
        {{ as_decimal('metric_rows.baseline_value', 18, 6) }} as baseline_value,
        metric_rows.beats_baseline,
        cast(metric_rows.row_count as bigint) as rows_scored

    from metric_rows

    inner join dates
        on metric_rows.as_of_date = dates.as_of_date

)

select * from final
