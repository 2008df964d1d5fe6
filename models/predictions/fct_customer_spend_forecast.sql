{%- set tasks = ['spend', 'visits'] -%}

with

{% for task in tasks -%}
{{ task }}_dates as (

    select * from {{ ref('int_prediction_dates') }}
    where
        task = '{{ task }}'
        and is_published

),

{{ task }}_scores as (

    select * from {{ ref('int_prediction_scores') }}
    where task = '{{ task }}'

),

{{ task }}_figures as (

    select * from {{ ref('int_amount_figures') }}
    where
        task = '{{ task }}'
        and not is_fitted_on

),

{{ task }}_scorecard as (

    select * from {{ ref('int_amount_scorecard') }}
    where
        task = '{{ task }}'
        and slice = 'all customers'
        and metric = 'mae'

),

{% endfor -%}

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

final as (

    select
        rfm.as_of_date,
        rfm.customer_id,
        spend_dates.is_current,
        {{ money('spend_scores.prediction') }} as expected_spend_amount,
        cast(visits_scores.prediction as decimal(18, 6)) as expected_visit_count,
        spend_dates.backtest_date
        {%- for task in tasks %},
        {{ task }}_scores.method as {{ task }}_method,
        {{ task }}_scorecard.beats_baseline as {{ task }}_beats_baseline,
        cast({{ task }}_figures.bias as decimal(18, 6)) as {{ task }}_backtest_bias,
        case
            when {{ task }}_scores.prediction is null
                then
                    upper(left({{ task }}_dates.reason, 1))
                    || substring({{ task }}_dates.reason, 2) || '.'
        end as no_{{ task }}_reason
        {%- endfor %}

    from rfm

    {% for task in tasks -%}
    inner join {{ task }}_dates
        on rfm.as_of_date = {{ task }}_dates.as_of_date

    left join {{ task }}_scores
        on
            rfm.as_of_date = {{ task }}_scores.as_of_date
            and rfm.customer_id = {{ task }}_scores.customer_id

    left join {{ task }}_figures
        on
            {{ task }}_dates.backtest_date = {{ task }}_figures.as_of_date
            and {{ task }}_scores.method = {{ task }}_figures.method

    left join {{ task }}_scorecard
        on
            {{ task }}_dates.backtest_date = {{ task }}_scorecard.as_of_date
            and {{ task }}_scores.method = {{ task }}_scorecard.method

    {% endfor %}
)

select * from final
