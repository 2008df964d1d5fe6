with

methods as (

    select
        *,
        not is_default and not is_rule as is_challenger
    from {{ ref('int_prediction_methods') }}

),

decisions as (

    select
        task,
        as_of_date
    from {{ ref('int_prediction_dates') }}

    where
        is_scored
        and is_published

),

windows as (

    select * from {{ ref('int_prediction_windows') }}

),

trials as (

    select * from {{ ref('int_prediction_trials') }}
    where
        is_usual
        and not is_fitted_on

),

compared as (

    select
        decisions.task,
        decisions.as_of_date,
        windows.window_date,
        methods.has_total,
        trials.method,
        trials.customer_id,
        trials.outcome,
        trials.prediction,
        defaults.prediction as default_prediction,
        rules.prediction as rule_prediction,
        trials.error,
        trials.error - defaults.error as difference,
        trials.error - rules.error as rule_difference

    from decisions

    inner join windows
        on
            decisions.task = windows.task
            and decisions.as_of_date = windows.as_of_date

    inner join trials
        on
            windows.task = trials.task
            and windows.window_date = trials.as_of_date

    inner join methods
        on
            trials.task = methods.task
            and trials.method = methods.method

    {%- for kind in ['default', 'rule'] %}

    inner join methods as {{ kind }}_methods
        on
            trials.task = {{ kind }}_methods.task
            and {{ kind }}_methods.is_{{ kind }}

    inner join trials as {{ kind }}s
        on
            trials.task = {{ kind }}s.task
            and trials.as_of_date = {{ kind }}s.as_of_date
            and trials.customer_id = {{ kind }}s.customer_id
            and trials.product_id is not distinct from {{ kind }}s.product_id
            and {{ kind }}_methods.method = {{ kind }}s.method
    {%- endfor %}

),

-- what one customer does with several products is alike, so a customer counts once in a window
averaged as (

    select
        task,
        as_of_date,
        method,
        window_date,
        customer_id,
        bool_or(has_total) as has_total,
        {%- for column in ['outcome', 'prediction', 'default_prediction', 'rule_prediction'] %}
        sum({{ column }}) as {{ column }},
        {%- endfor %}
        {%- for column in ['error', 'difference', 'rule_difference'] %}
        {{ decimal_mean(column, 28, 9) }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from compared

    group by
        task,
        as_of_date,
        method,
        window_date,
        customer_id

),

-- a window counts where enough customers can be told apart in it; a total must be right, or no
-- further off than the default's
window_sums as (

    select
        task,
        as_of_date,
        method,
        window_date,
        sum(difference) < 0
        and (not bool_or(has_total) or {{ total_is_right('prediction', 'default_prediction') }})
            as is_won
    from averaged

    group by
        task,
        as_of_date,
        method,
        window_date

    having count(*) >= {{ var('min_customers') }}

),

window_counts as (

    select
        task,
        as_of_date,
        method,
        count(*) as window_count,
        count(*) filter (where is_won) as won_window_count
    from window_sums

    group by
        task,
        as_of_date,
        method

),

-- a customer in several windows counts once, with the mean over them
customer_means as (

    select
        averaged.task,
        averaged.as_of_date,
        averaged.method,
        averaged.customer_id,
        bool_or(averaged.has_total) as has_total,
        {%- for column in ['outcome', 'prediction', 'rule_prediction'] %}
        sum(averaged.{{ column }}) as {{ column }},
        {%- endfor %}
        {%- for column in ['error', 'difference', 'rule_difference'] %}
        {{ decimal_mean('averaged.' ~ column, 28, 9) }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from averaged

    inner join window_sums
        on
            averaged.task = window_sums.task
            and averaged.as_of_date = window_sums.as_of_date
            and averaged.method = window_sums.method
            and averaged.window_date = window_sums.window_date

    group by
        averaged.task,
        averaged.as_of_date,
        averaged.method,
        averaged.customer_id

),

sums as (

    select
        task,
        as_of_date,
        method,
        count(*) as customer_count,
        count(*) filter (where difference != 0) as differing_count,
        count(*) filter (where rule_difference != 0) as rule_differing_count,
        cast(sum(error) as double) / count(error) as mean_error,
        -- an amount whose total is far off, and further than the rule's
        bool_or(has_total)
        and not {{ total_is_right('prediction', 'rule_prediction') }} as is_total_wrong,
        cast(sum(difference) as double) as difference_sum,
        {{ product_sum('difference', 'difference') }} as difference_square_sum,
        cast(sum(rule_difference) as double) as rule_difference_sum,
        {{ product_sum('rule_difference', 'rule_difference') }} as rule_difference_square_sum
    from customer_means

    group by
        task,
        as_of_date,
        method

),

pooled as (

    select
        *,
        difference_sum / customer_count as difference,
        {{ standard_error('difference_sum', 'difference_square_sum', 'customer_count') }} as error,
        {{ margin('difference_sum', 'difference_square_sum', 'customer_count') }} as margin,
        rule_difference_sum / customer_count as rule_difference,
        {{ margin(
            'rule_difference_sum', 'rule_difference_square_sum', 'customer_count'
        ) }} as rule_margin
    from sums

),

tried as (

    select
        decisions.task,
        decisions.as_of_date,
        methods.method,
        methods.method_number,
        methods.is_default,
        methods.is_rule,
        methods.is_challenger,
        coalesce(window_counts.window_count, 0) as window_count,
        coalesce(window_counts.won_window_count, 0) as won_window_count,
        coalesce(pooled.customer_count, 0) as customer_count,
        pooled.mean_error,
        pooled.difference,
        pooled.margin,
        pooled.rule_difference,
        pooled.rule_margin,
        pooled.rule_differing_count,
        coalesce(pooled.is_total_wrong, false) as is_total_wrong,
        case
            when {{ has_verdict('pooled.customer_count', 'pooled.differing_count') }}
                then {{ normal_of_t(
                    '(-pooled.difference / nullif(pooled.error, 0))', '(pooled.customer_count - 1)'
                ) }}
        end as surprise

    from decisions

    inner join methods
        on decisions.task = methods.task

    left join window_counts
        on
            decisions.task = window_counts.task
            and decisions.as_of_date = window_counts.as_of_date
            and methods.method = window_counts.method

    left join pooled
        on
            decisions.task = pooled.task
            and decisions.as_of_date = pooled.as_of_date
            and methods.method = pooled.method

),

{{ judged_challengers(['task', 'as_of_date'], 'method_number') }}

chosen as (

    select
        task,
        as_of_date,
        method
    from judged

    where
        is_default
        or is_better

    qualify row_number() over (
        partition by task, as_of_date
        order by
            is_better desc,
            mean_error asc,
            method_number asc
    ) = 1

),

final as (

    select
        judged.task,
        judged.as_of_date,
        judged.method,
        judged.method_number,
        judged.is_default,
        judged.is_rule,
        judged.is_better,
        judged.method = chosen.method as is_chosen,
        judged.window_count,
        judged.won_window_count,
        judged.customer_count,
        judged.mean_error,
        judged.difference,
        judged.difference - judged.margin as low,
        judged.difference + judged.margin as high,
        judged.rule_difference,
        judged.rule_difference - judged.rule_margin as rule_low,
        judged.rule_difference + judged.rule_margin as rule_high,
        coalesce(
            judged.method = chosen.method
            and (
                judged.rule_difference - judged.rule_margin > 0
                or (
                    judged.is_total_wrong
                    and judged.rule_difference + judged.rule_margin >= 0
                )
            )
            and {{ has_verdict('judged.customer_count', 'judged.rule_differing_count') }},
            false
        ) as is_rule_served

    from judged

    inner join chosen
        on
            judged.task = chosen.task
            and judged.as_of_date = chosen.as_of_date

)

select * from final
