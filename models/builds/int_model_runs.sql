{%- set feature_counts = {
    'customers': (number_features() + word_features()) | length,
    'visitors': visitor_features() | length,
    'carts': cart_features() | length,
} -%}

with

segment_features as (

    select
        segmentation,
        count(distinct feature) as feature_count
    from {{ ref('rpt_segment_profiles') }}

    group by segmentation

),

-- what serves today, and what it was worth in the latest backtest
segments as (

    select
        'segments: ' || candidates.segmentation as model,
        candidates.fitted_as_of,
        candidates.customer_count as fitted_row_count,
        features.feature_count,
        cast(candidates.segment_count as string) || ' segments' as served,
        'stability' as figure_name,
        cast(candidates.stability as decimal(28, 6)) as figure,
        {{ scored_as('null', 'null', 'null') }}

    from {{ ref('fct_segment_candidates') }} as candidates

    left join segment_features as features
        on candidates.segmentation = features.segmentation

    where candidates.is_chosen

    qualify row_number() over (
        partition by candidates.segmentation order by candidates.fitted_as_of desc
    ) = 1

),

lists as (

    select
        'list: ' || list as model,
        as_of_date as fitted_as_of,
        customer_count as fitted_row_count,
        cast(null as bigint) as feature_count,
        case when is_rule_served then 'its rule' else blend || ': ' || methods end as served,
        'ndcg' as figure_name,
        cast(ndcg as decimal(28, 6)) as figure,
        {{ scored_as("'recommendation'", 'list', 'list') }}
    from {{ ref('rpt_list_choices') }}

    where
        is_current
        and is_chosen

),

{% set populations = {
    'propensity': "case when today.task like 'cart%' then 'carts' else 'visitors' end"
} -%}
{% for name, source in {
    'churn': ['rpt_churn_candidates', "'churn'", 'fitted_customer_count', 'brier'],
    'amounts': ['rpt_spend_candidates', 'task', 'fitted_customer_count', 'mae'],
    'propensity': ['rpt_propensity_candidates', 'task', 'fitted_row_count', 'brier'],
}.items() -%}
{%- set population = populations.get(name, "'customers'") -%}
{{ name }}_today as (

    select
        {{ source[1] }} as task,
        trained_as_of,
        {{ source[2] }} as row_count,
        method,
        setting
    from {{ ref(source[0]) }}

    where
        is_current
        and is_served

),

{{ name }}_backtests as (

    select
        {{ source[1] }} as task,
        method,
        max_by({{ source[3] }}, as_of_date) as figure
    from {{ ref(source[0]) }}

    where is_backtest

    group by
        {%- if source[1] == 'task' %}
        task,
        {%- endif %}
        method

),

{{ name }} as (

    select
        today.task as model,
        today.trained_as_of as fitted_as_of,
        today.row_count as fitted_row_count,
        {% if name == 'propensity' -%}
        case
            when today.task like 'cart%' then {{ feature_counts.carts }}
            else {{ feature_counts.visitors }}
        end as feature_count,
        {%- else -%}
        {{ feature_counts.customers }} as feature_count,
        {%- endif %}
        today.method || coalesce(': ' || today.setting, '') as served,
        '{{ source[3] }}' as figure_name,
        cast(backtest.figure as decimal(28, 6)) as figure,
        {{ scored_as('today.task', population, 'today.method') }}

    from {{ name }}_today as today

    left join {{ name }}_backtests as backtest
        on
            today.task = backtest.task
            and today.method = backtest.method

),

{% endfor -%}
lifetime_values as (

    select
        model,
        max(as_of_date) as fitted_as_of,
        max_by(customer_count, as_of_date) as fitted_row_count,
        cast(null as bigint) as feature_count,
        max_by(status, as_of_date) as served,
        'log likelihood' as figure_name,
        cast(max_by(log_likelihood, as_of_date) as decimal(28, 6)) as figure,
        {{ scored_as('null', 'null', 'null') }}
    from {{ ref('rpt_lifetime_value_fit') }}

    group by model

),

demand as (

    select
        'demand: ' || slice as model,
        as_of_date as fitted_as_of,
        item_count as fitted_row_count,
        cast(null as bigint) as feature_count,
        method as served,
        'wape' as figure_name,
        cast(wape as decimal(28, 6)) as figure,
        {{ scored_as("'demand'", "'products'", 'method') }}
    from {{ ref('rpt_demand_candidates') }}

    where
        is_served
        and is_reported

    qualify row_number() over (partition by slice order by as_of_date desc) = 1

),

fit as (

    select fit_reason from {{ ref('int_fit_dates') }}
    where is_current

),

verdicts as (

    select
        task,
        list,
        method,
        max_by(beats_baseline, as_of_date) as beats_baseline
    from {{ ref('rpt_model_scorecard') }}

    where
        beats_baseline is not null
        and slice in ('all customers', 'all products')

    group by
        task,
        list,
        method

),

runs as (

    {% for name in [
        'segments', 'lists', 'churn', 'amounts', 'propensity', 'lifetime_values', 'demand'
    ] -%}
    select * from {{ name }}

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

final as (

    select
        runs.model,
        runs.fitted_as_of,
        case
            when runs.model like 'segments: %' or runs.model in ({{ fitted_tasks() }})
                then fit.fit_reason
            else 'Each build fits anew.'
        end as fit_reason,
        cast(runs.fitted_row_count as bigint) as fitted_row_count,
        cast(runs.feature_count as bigint) as feature_count,
        runs.served,
        runs.figure_name,
        runs.figure,
        verdicts.beats_baseline

    from runs

    cross join fit

    left join verdicts
        on
            runs.scored_task = verdicts.task
            and runs.scored_list = verdicts.list
            and runs.scored_method = verdicts.method

)

select * from final
