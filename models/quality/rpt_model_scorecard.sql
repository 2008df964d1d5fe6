{#- A room that predicts makes a part of the scorecard, all in one shape: a new one is a line. -#}
{%- set parts = [
    'int_segment_scorecard', 'int_recommendation_scorecard', 'int_rating_scorecard',
    'int_probability_scorecard', 'int_amount_scorecard', 'int_lifetime_value_scorecard',
    'int_demand_scorecard', 'int_satisfaction_scorecard', 'int_order_risk_scorecard'
] -%}

with

scorecard as (

    {% for part in parts -%}
    select
        task,
        list,
        method,
        protocol,
        as_of_date,
        slice,
        metric,
        k,
        value,
        low,
        high,
        baseline,
        baseline_value,
        beats_baseline,
        rows_scored
    from {{ ref(part) }}

    {{ 'union all' if not loop.last }}

    {% endfor %}
)

{{ without_small_cells(
    'scorecard',
    counts=['rows_scored'],
    keys=[
        'task', 'list', 'method', 'protocol', 'as_of_date', 'slice', 'metric', 'k', 'baseline'
    ]
) }}
