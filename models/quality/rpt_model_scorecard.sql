{%- set metrics = ['precision', 'recall', 'f1', 'ndcg', 'average_precision', 'hit_rate'] -%}

with

scores as (

    select * from {{ ref('int_recommendation_customer_metrics') }}

),

catalog_figures as (

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

eta as (

    select * from {{ ref('int_segment_scorecard') }}

),

rating_errors as (

    select * from {{ ref('int_rating_errors') }}

),

baselines as (

    select
        'buy_again' as list,
        'frequency' as baseline

    union all

    select
        'discover' as list,
        'popular' as baseline

),

compared as (

    select
        scores.*,
        baselines.baseline,
        {%- for metric in metrics %}
        baseline_scores.{{ metric }} as baseline_{{ metric }}{{ ',' if not loop.last }}
        {%- endfor %}

    from scores

    inner join baselines
        on scores.list = baselines.list

    inner join scores as baseline_scores
        on
            scores.as_of_date = baseline_scores.as_of_date
            and scores.customer_id = baseline_scores.customer_id
            and scores.list = baseline_scores.list
            and scores.k = baseline_scores.k
            and baselines.baseline = baseline_scores.method

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
        'rfm_group: ' || rfm.rfm_group as slice,
        compared.*
    from compared

    inner join rfm
        on
            compared.as_of_date = rfm.as_of_date
            and compared.customer_id = rfm.customer_id

    where compared.has_something_to_find

    union all

    select
        'country: ' || customers.country as slice,
        compared.*
    from compared

    inner join customers
        on compared.customer_id = customers.customer_id

    where
        compared.has_something_to_find
        and customers.country is not null

    union all

    -- new customers: those whose first purchase is no further back than the horizon is long
    select
        case
            when
                rfm.first_purchase_date
                >= {{ add_days('rfm.as_of_date', -var('prediction_horizon_days')) }}
                then 'customers: new'
            else 'customers: old'
        end as slice,
        compared.*
    from compared

    inner join rfm
        on
            compared.as_of_date = rfm.as_of_date
            and compared.customer_id = rfm.customer_id

    where compared.has_something_to_find

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
        {{ metric }} as value,
        baseline_{{ metric }} as baseline_value,
        {{ metric }} - baseline_{{ metric }} as difference
    from sliced

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

sums as (

    select
        as_of_date,
        slice,
        list,
        method,
        k,
        metric,
        baseline,
        count(*) as row_count,
        sum(value) as value_sum,
        sum(cast(value * value as decimal(18, 12))) as value_square_sum,
        sum(baseline_value) as baseline_sum,
        sum(difference) as difference_sum,
        sum(cast(difference * difference as decimal(18, 12))) as difference_square_sum

    from long

    group by
        as_of_date,
        slice,
        list,
        method,
        k,
        metric,
        baseline

),

means as (

    select
        *,
        cast(value_sum as double) / row_count as value,
        {{ standard_error('value_sum', 'value_square_sum', 'row_count') }} as value_error,
        cast(baseline_sum as double) / row_count as baseline_value,
        cast(difference_sum as double) / row_count as difference,
        {{ standard_error(
            'difference_sum', 'difference_square_sum', 'row_count'
        ) }} as difference_error

    from sums

),

rating_sums as (

    {% for metric, error in [('rmse', 'squared_error'), ('mae', 'absolute_error')] -%}
    select
        as_of_date,
        '{{ metric }}' as metric,
        count(*) as row_count,
        cast(sum({{ error }}) as double) / count(*) as mean_error,
        cast(sum(baseline_{{ error }}) as double) / count(*) as baseline_mean_error,
        {{ standard_error(
            'sum(' ~ error ~ ')', 'sum(cast(power(' ~ error ~ ', 2) as decimal(18, 6)))', 'count(*)'
        ) }} as mean_standard_error,
        cast(sum({{ error }} - baseline_{{ error }}) as double) / count(*) as difference,
        {{ standard_error(
            'sum(' ~ error ~ ' - baseline_' ~ error ~ ')',
            'sum(cast(power(' ~ error ~ ' - baseline_' ~ error ~ ', 2) as decimal(18, 6)))',
            'count(*)'
        ) }} as difference_error
    from rating_errors

    group by as_of_date

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

-- the root of a mean of squares, and of the ends of its interval
rating_figures as (

    select
        as_of_date,
        metric,
        row_count,
        {%- for name, value in [
            ('value', 'mean_error'),
            ('low', 'greatest(0, mean_error - 1.96 * mean_standard_error)'),
            ('high', 'mean_error + 1.96 * mean_standard_error'),
            ('baseline_value', 'baseline_mean_error'),
        ] %}
        power({{ value }}, case when metric = 'rmse' then 0.5 else 1 end) as {{ name }},
        {%- endfor %}
        difference + 1.96 * difference_error < 0 as beats_baseline
    from rating_sums

),

tasks as (

    select
        'recommendation' as task,
        list,
        method,
        as_of_date,
        slice,
        metric,
        cast(k as int) as k,
        cast(value as decimal(18, 6)) as value,
        cast(value - 1.96 * value_error as decimal(18, 6)) as low,
        cast(value + 1.96 * value_error as decimal(18, 6)) as high,
        baseline,
        cast(baseline_value as decimal(18, 6)) as baseline_value,
        case
            when method != baseline then difference - 1.96 * difference_error > 0
        end as beats_baseline,
        cast(row_count as bigint) as rows_scored
    from means

    union all

    select
        'recommendation' as task,
        list,
        method,
        as_of_date,
        slice,
        metric || '_difference' as metric,
        cast(k as int) as k,
        cast(difference as decimal(18, 6)) as value,
        cast(difference - 1.96 * difference_error as decimal(18, 6)) as low,
        cast(difference + 1.96 * difference_error as decimal(18, 6)) as high,
        baseline,
        cast(0 as decimal(18, 6)) as baseline_value,
        difference - 1.96 * difference_error > 0 as beats_baseline,
        cast(row_count as bigint) as rows_scored
    from means

    where method != baseline

    union all

    select
        'recommendation' as task,
        catalog_figures.list,
        catalog_figures.method,
        catalog_figures.as_of_date,
        'all customers' as slice,
        catalog_figures.metric,
        cast(catalog_figures.k as int) as k,
        cast(catalog_figures.value as decimal(18, 6)) as value,
        cast(null as decimal(18, 6)) as low,
        cast(null as decimal(18, 6)) as high,
        baselines.baseline,
        cast(baseline_figures.value as decimal(18, 6)) as baseline_value,
        case
            when catalog_figures.method != baselines.baseline
                then case
                    when catalog_figures.metric = 'gini'
                        then catalog_figures.value < baseline_figures.value
                    else catalog_figures.value > baseline_figures.value
                end
        end as beats_baseline,
        cast(catalog_figures.row_count as bigint) as rows_scored

    from catalog_figures

    inner join baselines
        on catalog_figures.list = baselines.list

    inner join catalog_figures as baseline_figures
        on
            catalog_figures.as_of_date = baseline_figures.as_of_date
            and catalog_figures.list = baseline_figures.list
            and catalog_figures.k = baseline_figures.k
            and catalog_figures.metric = baseline_figures.metric
            and baselines.baseline = baseline_figures.method

    union all

    -- how far foretold ratings are off; less is better
    select
        'rating' as task,
        'ratings' as list,
        'matrix_factorization' as method,
        as_of_date,
        'all customers' as slice,
        metric,
        cast(null as int) as k,
        cast(value as decimal(18, 6)) as value,
        cast(low as decimal(18, 6)) as low,
        cast(high as decimal(18, 6)) as high,
        'item_mean_and_bias' as baseline,
        cast(baseline_value as decimal(18, 6)) as baseline_value,
        beats_baseline,
        cast(row_count as bigint) as rows_scored
    from rating_figures

    union all

    -- how much of what customers do next the segments tell, beside the cells of RFM
    select
        'segmentation' as task,
        eta.outcome as list,
        eta.method,
        eta.as_of_date,
        'all customers' as slice,
        'eta_squared' as metric,
        cast(null as int) as k,
        cast(eta.eta_squared as decimal(18, 6)) as value,
        cast(null as decimal(18, 6)) as low,
        cast(null as decimal(18, 6)) as high,
        'rfm_cells' as baseline,
        cast(rule.eta_squared as decimal(18, 6)) as baseline_value,
        case
            when eta.method != 'rfm_cells' then eta.eta_squared > rule.eta_squared
        end as beats_baseline,
        eta.row_count as rows_scored

    from eta

    inner join eta as rule
        on
            eta.as_of_date = rule.as_of_date
            and eta.outcome = rule.outcome
            and rule.method = 'rfm_cells'

),

final as (

    select
        tasks.task,
        tasks.list,
        tasks.method,
        dates.protocol,
        dates.known_as_of_date as as_of_date,
        tasks.slice,
        tasks.metric,
        tasks.k,
        tasks.value,
        tasks.low,
        tasks.high,
        tasks.baseline,
        tasks.baseline_value,
        tasks.beats_baseline,
        tasks.rows_scored

    from tasks

    inner join dates
        on tasks.as_of_date = dates.as_of_date

)

select * from final
