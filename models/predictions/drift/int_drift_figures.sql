{#- The population stability index (Siddiqi 2006, Credit risk scorecards): how the shares of the
    tenths of the backtest have changed. Half a customer more in each, so that none is without. -#}
{%- set tenths = range(1, 10) | list -%}

with

dates as (

    select
        task,
        as_of_date,
        backtest_date
    from {{ ref('int_prediction_dates') }}

    where is_current

),

features as (

    select
        feature,
        feature_number
    from {{ ref('int_prediction_features') }}

    where is_number

),

points as (

    select * from {{ ref('int_prediction_points') }}
    where sample_number <= {{ var('fit_sample_customers') }}

),

scores as (

    select * from {{ ref('int_prediction_scores') }}

),

lifetime_values as (

    select * from {{ ref('int_lifetime_values') }}

),

feature_values as (

    select
        'feature' as kind,
        features.feature as name,
        points.as_of_date = dates.as_of_date as is_current,
        cast({{ element('points.numbers', 'features.feature_number') }} as decimal(28, 9))
        as value

    from dates

    inner join points
        on
            dates.as_of_date = points.as_of_date
            or dates.backtest_date = points.as_of_date

    cross join features

    where dates.task = 'churn'

),

score_values as (

    select
        'score' as kind,
        scores.task as name,
        scores.as_of_date = dates.as_of_date as is_current,
        cast(scores.prediction as decimal(28, 9)) as value

    from dates

    inner join scores
        on
            dates.task = scores.task
            and (
                dates.as_of_date = scores.as_of_date
                or dates.backtest_date = scores.as_of_date
            )

    union all

    select
        'score' as kind,
        'expected_value_' || cast(lifetime_values.horizon_days as string) || '_days' as name,
        lifetime_values.as_of_date = dates.as_of_date as is_current,
        cast(lifetime_values.value as decimal(28, 9)) as value

    from dates

    inner join lifetime_values
        on
            dates.as_of_date = lifetime_values.as_of_date
            or dates.backtest_date = lifetime_values.as_of_date

    where dates.task = 'churn'

),

compared as (

    select * from feature_values

    union all

    select * from score_values

),

bounds as (

    select
        kind,
        name
        {%- for tenth in tenths %},
        percentile_disc({{ tenth / 10 }}) within group (order by value) as bound_{{ tenth }}
        {%- endfor %}
    from compared

    where not is_current

    group by
        kind,
        name

),

tenths as (

    select
        compared.kind,
        compared.name,
        1
        {%- for tenth in tenths %}
        + case when compared.value > bounds.bound_{{ tenth }} then 1 else 0 end
        {%- endfor %} as tenth,
        count(*) filter (where compared.is_current) as current_count,
        count(*) filter (where not compared.is_current) as backtest_count

    from compared

    inner join bounds
        on
            compared.kind = bounds.kind
            and compared.name = bounds.name

    where compared.value is not null

    group by all

),

shares as (

    select
        *,
        sum(current_count) over of_value as current_sum,
        sum(backtest_count) over of_value as backtest_sum,
        count(*) over of_value as tenth_count
    from tenths

    window of_value as (partition by kind, name)

),

indexes as (

    select
        kind,
        name,
        tenth_count,
        sum(cast(
            (
                (current_count + 0.5) / cast(current_sum + 0.5 * tenth_count as double)
                - (backtest_count + 0.5) / cast(backtest_sum + 0.5 * tenth_count as double)
            ) * ln(
                (current_count + 0.5) / cast(current_sum + 0.5 * tenth_count as double)
                / ((backtest_count + 0.5) / cast(backtest_sum + 0.5 * tenth_count as double))
            ) as decimal(18, 9)
        )) as stability_index
    from shares

    group by
        kind,
        name,
        tenth_count

),

counts as (

    select
        kind,
        name,
        count(*) filter (where is_current) as current_count,
        count(*) filter (where not is_current) as backtest_count,
        count(value) filter (where is_current) as known_current_count,
        count(value) filter (where not is_current) as known_backtest_count,
        avg(case when is_current then value end) as current_mean,
        avg(case when not is_current then value end) as backtest_mean
    from compared

    group by
        kind,
        name

),

names as (

    select
        'feature' as kind,
        feature as name
    from features

    union all

    select
        'score' as kind,
        task as name
    from dates

    {% for horizon in value_horizons() -%}
    union all

    select
        'score' as kind,
        'expected_value_{{ horizon }}_days' as name

    {% endfor %}
),

final as (

    select
        names.kind,
        names.name,
        dates.as_of_date,
        dates.backtest_date,
        coalesce(counts.current_count, 0) as current_count,
        coalesce(counts.backtest_count, 0) as backtest_count,
        coalesce(counts.known_current_count, 0) as known_current_count,
        coalesce(counts.known_backtest_count, 0) as known_backtest_count,
        cast(counts.current_mean as decimal(28, 9)) as current_mean,
        cast(counts.backtest_mean as decimal(28, 9)) as backtest_mean,
        indexes.tenth_count,
        indexes.stability_index

    from names

    inner join dates
        on dates.task = 'churn'

    left join counts
        on
            names.kind = counts.kind
            and names.name = counts.name

    left join indexes
        on
            names.kind = indexes.kind
            and names.name = indexes.name

)

select * from final
