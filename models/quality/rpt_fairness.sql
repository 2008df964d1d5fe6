{%- set attributes = ['gender', 'country', 'age_band', 'tenure', 'value_tier'] -%}

with

groups as (

    {% for attribute in attributes -%}
    select
        as_of_date,
        decision,
        variant,
        '{{ attribute }}' as attribute,
        {{ attribute }} as group_name,
        count(*) as customer_count,
        count(case when is_selected then 1 end) as selected_count,
        count(has_outcome) as judged_count,
        count(case when has_outcome then 1 end) as outcome_count,
        count(case when is_selected and has_outcome then 1 end) as hit_count,
        count(case when is_selected then has_outcome end) as judged_selected_count,
        count(case when not is_selected then has_outcome end) as judged_other_count,
        {{ as_decimal('sum(score)', 28, 9) }} as score_sum,
        {{ as_decimal(
            'sum(score - case when has_outcome then 1 else 0 end)', 28, 9
        ) }} as error_sum,
        {{ as_decimal(
            'sum(power(score - case when has_outcome then 1 else 0 end, 2))', 28, 9
        ) }} as squared_error_sum
    from {{ ref('int_fairness_decisions') }}

    group by
        as_of_date,
        decision,
        variant,
        {{ attribute }}

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

rates as (

    select
        *,
        cast(selected_count as double) / customer_count as selection_rate,
        cast(hit_count as double) / nullif(judged_selected_count, 0) as precision_rate,
        case
            when judged_other_count > 0
                then cast(hit_count as double) / nullif(outcome_count, 0)
        end as recall
    from groups

),

-- a small group does not set the measure for the others
bests as (

    select
        as_of_date,
        decision,
        variant,
        attribute,
        max(case
            when customer_count >= {{ var('min_customers') }} and group_name != 'unknown'
                then selection_rate
        end) as best_rate
    from rates

    group by
        as_of_date,
        decision,
        variant,
        attribute

),

compared as (

    select
        rates.*,
        rates.selection_rate / nullif(bests.best_rate, 0) as selection_ratio,
        {{ wilson('rates.selection_rate', 'rates.customer_count', '+') }}
        / nullif(bests.best_rate, 0) as highest_ratio

    from rates

    inner join bests
        on
            rates.as_of_date = bests.as_of_date
            and rates.decision = bests.decision
            and rates.variant = bests.variant
            and rates.attribute = bests.attribute

),

final as (

    select
        as_of_date,
        decision,
        variant,
        attribute,
        group_name,
        cast(customer_count as bigint) as customer_count,
        cast(selected_count as bigint) as selected_count,
        {{ as_decimal('selection_rate', 18, 6) }} as selection_rate,
        {{ as_decimal(wilson('selection_rate', 'customer_count', '-'), 18, 6) }} as selection_low,
        {{ as_decimal(wilson('selection_rate', 'customer_count', '+'), 18, 6) }} as selection_high,
        {{ as_decimal('selection_ratio', 18, 6) }} as selection_ratio,
        coalesce(
            selection_ratio < {{ var('fairness_ratio') }}
            and highest_ratio < {{ var('fairness_ratio') }}
            and group_name != 'unknown', false
        ) as has_warning,
        {{ ratio('outcome_count', 'judged_count') }} as outcome_rate,
        {{ as_decimal('precision_rate', 18, 6) }} as precision_rate,
        {{ as_decimal(
            wilson('precision_rate', 'judged_selected_count', '-'), 18, 6
        ) }} as precision_low,
        {{ as_decimal(
            wilson('precision_rate', 'judged_selected_count', '+'), 18, 6
        ) }} as precision_high,
        {{ as_decimal('recall', 18, 6) }} as recall,
        {{ as_decimal(wilson('recall', 'outcome_count', '-'), 18, 6) }} as recall_low,
        {{ as_decimal(wilson('recall', 'outcome_count', '+'), 18, 6) }} as recall_high,
        {{ ratio('score_sum', 'customer_count') }} as mean_score,
        {{ ratio('error_sum', 'customer_count') }} as bias,
        {{ as_decimal(
            'cast(error_sum as double) / customer_count - '
            ~ margin('error_sum', 'squared_error_sum', 'customer_count'), 18, 6
        ) }} as bias_low,
        {{ as_decimal(
            'cast(error_sum as double) / customer_count + '
            ~ margin('error_sum', 'squared_error_sum', 'customer_count'), 18, 6
        ) }} as bias_high

    from compared

)

{{ without_small_cells(
    'final',
    counts=['customer_count'],
    keys=['as_of_date', 'decision', 'variant', 'attribute', 'group_name'],
    totals=[['as_of_date', 'decision', 'variant', 'attribute']]
) }}
