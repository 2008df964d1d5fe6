{%- set groups = ['task', 'as_of_date', 'method', 'is_fitted_on'] -%}

with

trials as (

    select * from {{ ref('int_prediction_trials') }}
    where
        task not in ({{ probability_tasks() }})
        and is_taken

),

-- those who were said to be the highest, one of ten
ranked as (

    select
        *,
        row_number() over (
            partition by {{ groups | join(', ') }}
            order by prediction desc, outcome desc, customer_id asc
        ) * 10 <= count(*) over (partition by {{ groups | join(', ') }}) as is_top
    from trials

),

sums as (

    select
        {{ groups | join(',\n        ') }},
        min(setting) as setting,
        count(*) as customer_count,
        cast(sum(outcome) as double) as outcome_sum,
        cast(sum(prediction) as double) as prediction_sum,
        cast(sum(error) as double) as error_sum,
        {{ product_sum('error', 'error') }} as error_square_sum,
        {{ product_sum('outcome', 'outcome') }} as outcome_square_sum,
        cast(coalesce(sum(outcome) filter (where is_top), 0) as double) as top_sum
    from ranked

    group by {{ groups | join(', ') }}

),

final as (

    select
        {{ groups | join(',\n        ') }},
        setting,
        cast(customer_count as bigint) as customer_count,
        cast(outcome_sum / customer_count as decimal(28, 6)) as mean_outcome,
        cast(prediction_sum / customer_count as decimal(28, 6)) as mean_prediction,
        cast(
            {{ bounded_ratio('prediction_sum', 'outcome_sum') }} - 1 as decimal(28, 6)
        ) as bias,
        cast(error_sum / customer_count as decimal(28, 6)) as mae,
        cast(sqrt(error_square_sum / customer_count) as decimal(28, 6)) as rmse,
        cast(1 - {{ bounded_ratio(
            'error_square_sum',
            '(outcome_square_sum - outcome_sum * outcome_sum / customer_count)'
        ) }} as decimal(28, 6)) as r2,
        case
            when task != 'next_order' and outcome_sum > 0
                then cast({{ bounded_ratio('top_sum', 'outcome_sum') }} as decimal(28, 6))
        end as top_decile_share
    from sums

)

select * from final
