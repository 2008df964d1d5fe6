{#- The CTEs that end in `ranked`: of a task of propensity the probabilities of each published date, the
    place among them, and how good the method was in the backtest. Reads the CTE `dates`. -#}
{% macro propensity_scores(task) -%}
scores as (

    select
        as_of_date,
        customer_id,
        product_id,
        method,
        cast(prediction as decimal(18, 6)) as purchase_probability
    from {{ ref('int_prediction_scores') }}

    where task = '{{ task }}'

),

figures as (

    select * from {{ ref('int_probability_figures') }}
    where
        task = '{{ task }}'
        and not is_fitted_on

),

scorecard as (

    select * from {{ ref('int_probability_scorecard') }}
    where
        task = '{{ task }}'
        and slice = 'all customers'
        and metric = 'brier'

),

-- equal probabilities share the middle of their places
placed as (

    select
        *,
        cast(
            (
                rank() over (partition by as_of_date order by purchase_probability)
                - 1
                + count(*) over (partition by as_of_date, purchase_probability) / cast(2 as double)
            ) / count(*) over (partition by as_of_date) as decimal(18, 6)
        ) as propensity_percentile
    from scores

),

ranked as (

    select
        placed.*,
        case
            when placed.propensity_percentile > 0.8 then 'high'
            when placed.propensity_percentile > 0.5 then 'medium'
            else 'low'
        end as propensity_level,
        scorecard.beats_baseline,
        figures.bias as backtest_bias

    from placed

    inner join dates
        on placed.as_of_date = dates.as_of_date

    left join figures
        on
            dates.backtest_date = figures.as_of_date
            and placed.method = figures.method

    left join scorecard
        on
            dates.backtest_date = scorecard.as_of_date
            and placed.method = scorecard.method

),
{%- endmacro %}


{#- Why there is no score, as a sentence; null where there is one. -#}
{% macro no_score_reason(method, reason) -%}
    case
        when {{ method }} is null
            then upper(left({{ reason }}, 1)) || substring({{ reason }}, 2) || '.'
    end
{%- endmacro %}
