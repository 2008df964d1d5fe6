{%- set groups = 'protocol, as_of_date, slice, method' -%}
{%- set errors = [
    ('brier', 'squared_error', 'rule_squared_error'), ('accuracy', 'is_right', 'is_rule_right')
] -%}

with

trials as (

    select * from {{ ref('int_review_trials') }}

),

-- each review beside the rule, in all and among texts that nobody had written before
compared as (

    {% for slice in ['all reviews', 'new texts'] -%}
    select
        trials.protocol,
        trials.as_of_date,
        '{{ slice }}' as slice,
        trials.method,
        trials.review_id,
        trials.is_positive,
        trials.sentiment_score,
        rules.sentiment_score as rule_score

    from trials

    inner join trials as rules
        on
            trials.protocol = rules.protocol
            and trials.as_of_date = rules.as_of_date
            and trials.review_id = rules.review_id
            and rules.method = '{{ review_rule() }}'

    {% if slice == 'new texts' -%}
    where
        trials.is_new_text
        and trials.protocol = 'time_cut'

    {% endif -%}
    {{ 'union all' if not loop.last }}

    {% endfor %}
),

judged as (

    select
        {{ groups }},
        is_positive,
        sentiment_score - case when is_positive then 1 else 0 end as error,
        rule_score - case when is_positive then 1 else 0 end as rule_error,
        cast(power(
            sentiment_score - case when is_positive then 1 else 0 end, 2
        ) as decimal(18, 9)) as squared_error,
        cast(power(
            rule_score - case when is_positive then 1 else 0 end, 2
        ) as decimal(18, 9)) as rule_squared_error,
        cast(
            case when (sentiment_score > 0.5) = is_positive then 1 else 0 end as decimal(18, 9)
        ) as is_right,
        cast(
            case when (rule_score > 0.5) = is_positive then 1 else 0 end as decimal(18, 9)
        ) as is_rule_right,
        {%- for name, score in [('', 'sentiment_score'), ('rule_', 'rule_score')] %}
        -- equal scores share the mean of their ranks
        rank() over (partition by {{ groups }} order by {{ score }})
        + (count(*) over (partition by {{ groups }}, {{ score }}) - 1)
        / cast(2 as double) as {{ name }}rank,
        rank() over (partition by {{ groups }}, is_positive order by {{ score }})
        + (count(*) over (partition by {{ groups }}, is_positive, {{ score }}) - 1)
        / cast(2 as double) as same_{{ name }}rank,
        {%- endfor %}
        count(*) over (partition by {{ groups }})
        - count(*) over (partition by {{ groups }}, is_positive) as other_count
    from compared

),

-- the share of the other side that stands on the right side of a review; its mean over one side is
-- the area under the curve
placed as (

    select
        *,
        {%- for name in ['', 'rule_'] %}
        cast(case
            when is_positive then ({{ name }}rank - same_{{ name }}rank) / nullif(other_count, 0)
            else 1 - ({{ name }}rank - same_{{ name }}rank) / nullif(other_count, 0)
        end as decimal(18, 9)) as {{ name }}placement{{ ',' if not loop.last }}
        {%- endfor %}
    from judged

),

-- DeLong, DeLong, Clarke-Pearson (1988): the variances of placements on either side, each over its
-- number
side_sums as (

    select
        {{ groups }},
        is_positive,
        count(*) as row_count,
        sum(placement) as placement_sum,
        sum(cast(placement * placement as decimal(18, 12))) as placement_square_sum,
        sum(placement - rule_placement) as difference_sum,
        sum(cast(
            (placement - rule_placement) * (placement - rule_placement) as decimal(18, 12)
        )) as difference_square_sum
    from placed

    group by
        {{ groups }},
        is_positive

),

sides as (

    select
        *,
        {{ standard_error('placement_sum', 'placement_square_sum', 'row_count') }} as error,
        {{ standard_error(
            'difference_sum', 'difference_square_sum', 'row_count'
        ) }} as difference_error
    from side_sums

),

curves as (

    select
        positive.protocol,
        positive.as_of_date,
        positive.slice,
        positive.method,
        positive.row_count + negative.row_count as row_count,
        cast(positive.placement_sum as double) / positive.row_count as auc,
        1.96 * sqrt(power(positive.error, 2) + power(negative.error, 2)) as auc_margin,
        cast(positive.difference_sum as double) / positive.row_count as difference,
        1.96 * sqrt(
            power(positive.difference_error, 2) + power(negative.difference_error, 2)
        ) as difference_margin

    from sides as positive

    inner join sides as negative
        on
            positive.protocol = negative.protocol
            and positive.as_of_date = negative.as_of_date
            and positive.slice = negative.slice
            and positive.method = negative.method
            and not negative.is_positive

    where positive.is_positive

),

sums as (

    {% for metric, value, rule_value in errors -%}
    select
        {{ groups }},
        '{{ metric }}' as metric,
        count(*) as row_count,
        count(*) filter (where {{ value }} != {{ rule_value }}) as differing_count,
        sum({{ value }}) as value_sum,
        sum(cast({{ value }} * {{ value }} as decimal(18, 12))) as square_sum,
        sum({{ rule_value }}) as rule_sum,
        sum({{ value }} - {{ rule_value }}) as difference_sum,
        sum(cast(
            ({{ value }} - {{ rule_value }}) * ({{ value }} - {{ rule_value }}) as decimal(18, 12)
        )) as difference_square_sum
    from placed

    group by {{ groups }}

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

means as (

    select
        *,
        cast(value_sum as double) / row_count as value,
        {{ margin('value_sum', 'square_sum', 'row_count') }} as value_margin,
        cast(rule_sum as double) / row_count as baseline_value,
        cast(difference_sum as double) / row_count as difference,
        {{ margin('difference_sum', 'difference_square_sum', 'row_count') }} as difference_margin
    from sums

),

biases as (

    select
        {{ groups }},
        count(*) as row_count,
        cast(sum(error) as double) / count(*) as bias,
        cast(sum(rule_error) as double) / count(*) as rule_bias
    from placed

    group by {{ groups }}

),

metric_rows as (

    select
        {{ groups }},
        metric,
        value,
        greatest(value - value_margin, 0) as low,
        least(value + value_margin, 1) as high,
        baseline_value,
        case
            when
                metric = 'brier'
                and method != '{{ review_rule() }}'
                and {{ has_verdict('row_count', 'differing_count') }}
                then difference + difference_margin < 0
        end as beats_baseline,
        row_count
    from means

    union all

    select
        {{ groups }},
        metric || '_difference' as metric,
        difference as value,
        greatest(difference - difference_margin, -1) as low,
        least(difference + difference_margin, 1) as high,
        0 as baseline_value,
        case
            when metric = 'brier' and {{ has_verdict('row_count', 'differing_count') }}
                then difference + difference_margin < 0
        end as beats_baseline,
        row_count
    from means

    where method != '{{ review_rule() }}'

    union all

    select
        {{ groups }},
        'auc' as metric,
        auc as value,
        greatest(auc - auc_margin, 0) as low,
        least(auc + auc_margin, 1) as high,
        auc - difference as baseline_value,
        cast(null as boolean) as beats_baseline,
        row_count
    from curves

    union all

    select
        {{ groups }},
        'auc_difference' as metric,
        difference as value,
        greatest(difference - difference_margin, -1) as low,
        least(difference + difference_margin, 1) as high,
        0 as baseline_value,
        cast(null as boolean) as beats_baseline,
        row_count
    from curves

    where method != '{{ review_rule() }}'

    union all

    select
        {{ groups }},
        'bias' as metric,
        bias as value,
        cast(null as double) as low,
        cast(null as double) as high,
        rule_bias as baseline_value,
        cast(null as boolean) as beats_baseline,
        row_count
    from biases

),

final as (

    select
        'sentiment' as task,
        'reviews' as list,
        method,
        protocol,
        as_of_date,
        slice,
        metric,
        cast(null as int) as k,
        {{ as_decimal('value', 18, 6) }} as value,
        {{ as_decimal('low', 18, 6) }} as low,
        {{ as_decimal('high', 18, 6) }} as high,
        '{{ review_rule() }}' as baseline,
        {{ as_decimal('baseline_value', 18, 6) }} as baseline_value,
        beats_baseline,
        cast(row_count as bigint) as rows_scored
    from metric_rows

)

select * from final
