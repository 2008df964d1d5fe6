{%- set confidence = 0.025 -%}  {#- of an interval of 95 %, on one side -#}
{%- set fewest_windows = 2 -%}

with

methods as (

    select
        *,
        not is_default and not is_rule as is_challenger
    from {{ ref('int_churn_methods') }}

),

decisions as (

    select as_of_date from {{ ref('int_prediction_dates') }}
    where
        is_scored
        and is_published

),

windows as (

    select * from {{ ref('int_prediction_windows') }}

),

-- the squared error of a probability, whose mean is the Brier score
errors as (

    select
        as_of_date as window_date,
        method,
        customer_id,
        cast(power(
            purchase_probability - case when has_purchased then 1 else 0 end, 2
        ) as decimal(18, 9)) as squared_error
    from {{ ref('int_churn_trials') }}

    where not is_fitted_on

),

compared as (

    select
        decisions.as_of_date,
        windows.window_date,
        errors.method,
        errors.customer_id,
        errors.squared_error,
        errors.squared_error - defaults.squared_error as difference,
        errors.squared_error - rules.squared_error as rule_difference

    from decisions

    inner join windows
        on decisions.as_of_date = windows.as_of_date

    inner join errors
        on windows.window_date = errors.window_date

    inner join errors as defaults
        on
            errors.window_date = defaults.window_date
            and errors.customer_id = defaults.customer_id

    inner join methods as default_methods
        on
            defaults.method = default_methods.method
            and default_methods.is_default

    inner join errors as rules
        on
            errors.window_date = rules.window_date
            and errors.customer_id = rules.customer_id

    inner join methods as rule_methods
        on
            rules.method = rule_methods.method
            and rule_methods.is_rule

),

-- a window counts where enough customers can be told apart in it
window_sums as (

    select
        as_of_date,
        method,
        window_date,
        sum(difference) as difference_sum
    from compared

    group by
        as_of_date,
        method,
        window_date

    having count(*) >= {{ var('min_customers') }}

),

window_counts as (

    select
        as_of_date,
        method,
        count(*) as window_count,
        count(*) filter (where difference_sum < 0) as won_window_count
    from window_sums

    group by
        as_of_date,
        method

),

-- a customer in several windows counts once, with the mean over them
customer_means as (

    select
        compared.as_of_date,
        compared.method,
        compared.customer_id,
        cast(avg(compared.squared_error) as decimal(18, 9)) as squared_error,
        cast(avg(compared.difference) as decimal(18, 9)) as difference,
        cast(avg(compared.rule_difference) as decimal(18, 9)) as rule_difference

    from compared

    inner join window_sums
        on
            compared.as_of_date = window_sums.as_of_date
            and compared.method = window_sums.method
            and compared.window_date = window_sums.window_date

    group by
        compared.as_of_date,
        compared.method,
        compared.customer_id

),

sums as (

    select
        as_of_date,
        method,
        count(*) as customer_count,
        count(*) filter (where difference != 0) as differing_count,
        count(*) filter (where rule_difference != 0) as rule_differing_count,
        cast(avg(squared_error) as double) as brier,
        sum(difference) as difference_sum,
        sum(cast(difference * difference as decimal(18, 12))) as difference_square_sum,
        sum(rule_difference) as rule_difference_sum,
        sum(
            cast(rule_difference * rule_difference as decimal(18, 12))
        ) as rule_difference_square_sum
    from customer_means

    group by
        as_of_date,
        method

),

pooled as (

    select
        *,
        cast(difference_sum as double) / customer_count as difference,
        {{ standard_error('difference_sum', 'difference_square_sum', 'customer_count') }} as error,
        {{ margin('difference_sum', 'difference_square_sum', 'customer_count') }} as margin,
        cast(rule_difference_sum as double) / customer_count as rule_difference,
        {{ margin(
            'rule_difference_sum', 'rule_difference_square_sum', 'customer_count'
        ) }} as rule_margin
    from sums

),

tried as (

    select
        decisions.as_of_date,
        methods.method,
        methods.method_number,
        methods.is_default,
        methods.is_rule,
        methods.is_challenger,
        coalesce(window_counts.window_count, 0) as window_count,
        coalesce(window_counts.won_window_count, 0) as won_window_count,
        coalesce(pooled.customer_count, 0) as customer_count,
        pooled.brier,
        pooled.difference,
        pooled.margin,
        pooled.rule_difference,
        pooled.rule_margin,
        pooled.rule_differing_count,
        case
            when {{ has_verdict('pooled.customer_count', 'pooled.differing_count') }}
                then {{ normal_of_t(
                    '(-pooled.difference / nullif(pooled.error, 0))', '(pooled.customer_count - 1)'
                ) }}
        end as surprise

    from decisions

    cross join methods

    left join window_counts
        on
            decisions.as_of_date = window_counts.as_of_date
            and methods.method = window_counts.method

    left join pooled
        on
            decisions.as_of_date = pooled.as_of_date
            and methods.method = pooled.method

),

-- Holm (1979), as in int_list_choices
ordered as (

    select
        *,
        count(*) over of_date as challenger_count,
        row_number() over (
            partition by as_of_date, is_challenger
            order by surprise desc nulls last, method_number asc
        ) as surprise_rank
    from tried

    window of_date as (partition by as_of_date, is_challenger)

),

beyond_chance as (

    select
        *,
        coalesce(
            surprise > {{ normal_quantile(
                confidence ~ ' / cast(challenger_count - surprise_rank + 1 as double)'
            ) }}, false
        ) as is_beyond_chance
    from ordered

),

judged as (

    select
        *,
        is_challenger
        and window_count >= {{ fewest_windows }}
        and won_window_count = window_count
        and bool_and(is_beyond_chance) over (
            partition by as_of_date, is_challenger
            order by surprise_rank
            rows between unbounded preceding and current row
        ) as is_better
    from beyond_chance

),

chosen as (

    select
        as_of_date,
        method
    from judged

    where
        is_default
        or is_better

    qualify row_number() over (
        partition by as_of_date
        order by
            is_better desc,
            brier asc,
            method_number asc
    ) = 1

),

final as (

    select
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
        judged.brier,
        judged.difference,
        judged.difference - judged.margin as low,
        judged.difference + judged.margin as high,
        judged.rule_difference,
        judged.rule_difference - judged.rule_margin as rule_low,
        judged.rule_difference + judged.rule_margin as rule_high,
        coalesce(
            judged.method = chosen.method
            and judged.rule_difference - judged.rule_margin > 0
            and {{ has_verdict('judged.customer_count', 'judged.rule_differing_count') }},
            false
        ) as is_rule_served

    from judged

    inner join chosen
        on judged.as_of_date = chosen.as_of_date

)

select * from final
