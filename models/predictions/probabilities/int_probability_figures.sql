{%- set groups = ['task', 'as_of_date', 'method', 'is_fitted_on'] -%}
{%- set least_probability = 0.000001 -%}  {#- a probability of 0 or 1 would lose without end -#}

with

ranks as (

    select * from {{ ref('int_probability_ranks') }}

),

errors as (

    select
        *,
        case when has_happened then 1 else 0 end as outcome,
        cast(power(
            probability - case when has_happened then 1 else 0 end, 2
        ) as decimal(18, 9)) as squared_error,
        cast(-ln(greatest(
            case when has_happened then probability else 1 - probability end,
            {{ least_probability }}
        )) as decimal(18, 9)) as log_loss,
        cast(floor((row_count - rank) * 10 / row_count) as int) + 1 as decile
    from ranks

),

-- average precision: at each probability the precision among those at least as high, weighted by
-- how many happened there
levels as (

    select
        {{ groups | join(',\n        ') }},
        probability,
        count(*) as row_count,
        sum(outcome) as happened_count
    from errors

    group by
        {{ groups | join(',\n        ') }},
        probability

),

cumulated as (

    select
        *,
        sum(row_count) over so_far as called_count,
        sum(happened_count) over so_far as found_count,
        sum(row_count) over of_all / cast(10 as double) as decile_count
    from levels

    window
        so_far as (
            partition by {{ groups | join(', ') }}
            order by probability desc
            rows between unbounded preceding and current row
        ),
        of_all as (partition by {{ groups | join(', ') }})

),

precisions as (

    select
        {{ groups | join(',\n        ') }},
        cast(sum(cast(
            happened_count * cast(found_count as double) / called_count as decimal(18, 6)
        )) as double) / nullif(sum(happened_count), 0) as average_precision,
        -- of those who share the tenth's last probability a part is in it
        cast(sum(cast(
            happened_count * least(
                1, greatest(0, (decile_count - called_count + row_count) / row_count)
            ) as decimal(18, 6)
        )) as double) * 10 / nullif(sum(happened_count), 0) as top_decile_lift
    from cumulated

    group by {{ groups | join(', ') }}

),

deciles as (

    select
        {{ groups | join(',\n        ') }},
        decile,
        count(*) as row_count,
        abs(sum(probability) - sum(outcome)) as gap
    from errors

    group by
        {{ groups | join(',\n        ') }},
        decile

),

calibration as (

    select
        {{ groups | join(',\n        ') }},
        cast(sum(gap) as double) / sum(row_count) as calibration_error
    from deciles

    group by {{ groups | join(', ') }}

),

sums as (

    select
        {{ groups | join(',\n        ') }},
        count(*) as row_count,
        sum(outcome) as happened_count,
        sum(probability) as probability_sum,
        sum(squared_error) as brier_sum,
        sum(cast(squared_error * squared_error as decimal(18, 12))) as brier_square_sum,
        sum(log_loss) as log_loss_sum,
        sum(case when has_happened then placement end) as placement_sum,
        min(threshold) as threshold,
        count(*) filter (where is_called) as called_count,
        count(*) filter (where is_called and has_happened) as found_count,
        count(*) filter (where is_called = has_happened) as right_count
    from errors

    group by {{ groups | join(', ') }}

),

final as (

    select
        {%- for column in groups %}
        sums.{{ column }},
        {%- endfor %}
        sums.row_count,
        sums.happened_count,
        {{ ratio('sums.happened_count', 'sums.row_count') }} as happened_rate,
        {{ ratio('sums.probability_sum', 'sums.row_count') }} as mean_probability,
        {{ ratio(
            '(sums.probability_sum - sums.happened_count)', 'sums.row_count'
        ) }} as bias,
        {{ ratio('sums.brier_sum', 'sums.row_count') }} as brier,
        {{ margin(
            'sums.brier_sum', 'sums.brier_square_sum', 'sums.row_count'
        ) }} as brier_margin,
        {{ ratio('sums.log_loss_sum', 'sums.row_count') }} as log_loss,
        case
            when sums.happened_count < sums.row_count
                then {{ ratio('sums.placement_sum', 'sums.happened_count') }}
        end as auc,
        cast(precisions.average_precision as decimal(18, 6)) as average_precision,
        cast(calibration.calibration_error as decimal(18, 6)) as calibration_error,
        cast(precisions.top_decile_lift as decimal(18, 6)) as top_decile_lift,
        cast(sums.threshold as decimal(18, 6)) as threshold,
        {{ ratio('sums.right_count', 'sums.row_count') }} as accuracy,
        {{ ratio('sums.found_count', 'sums.called_count') }} as precision_rate,
        {{ ratio('sums.found_count', 'sums.happened_count') }} as recall,
        {{ ratio(
            '2 * sums.found_count', '(sums.called_count + sums.happened_count)'
        ) }} as f1

    from sums

    inner join precisions
        on
            {%- for column in groups %}
            {{ 'and ' if not loop.first }}sums.{{ column }} = precisions.{{ column }}
            {%- endfor %}

    inner join calibration
        on
            {%- for column in groups %}
            {{ 'and ' if not loop.first }}sums.{{ column }} = calibration.{{ column }}
            {%- endfor %}

)

select * from final
