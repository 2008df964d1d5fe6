{%- set most_lost = 0.002 -%}  {#- of nDCG@10, surely, for lists of products that differ -#}

with

dates as (

    select * from {{ ref('int_recommendation_dates') }}

),

trials as (

    select * from {{ ref('int_blend_trials') }}

),

blends as (

    select distinct
        list,
        blend,
        is_default,
        is_rule,
        is_varied,
        is_fixed,
        blend_number,
        not is_default and not is_rule and not is_varied as is_challenger
    from {{ ref('int_list_blends') }}

),

decisions as (

    select
        as_of_date,
        decided_date
    from dates

    where not is_training

),

-- the latest are the same whether a past day is a backtest or was today
windows as (

    select
        decisions.as_of_date,
        dates.as_of_date as window_date

    from decisions

    inner join dates
        on decisions.decided_date >= dates.closed_date

    where
        dates.is_training
        or dates.is_backtest

    qualify row_number() over (
        partition by decisions.as_of_date order by dates.as_of_date desc
    ) <= {{ fewest_windows() }}

),

-- everybody whom any of a list's blends gave something to find in
customers as (

    select distinct
        as_of_date as window_date,
        list,
        customer_id
    from trials

),

-- what each customer got of each blend and of the default, zero where a blend gave no list
scores as (

    select
        windows.as_of_date,
        windows.window_date,
        customers.list,
        customers.customer_id,
        blends.blend,
        coalesce(trials.ndcg, 0) as ndcg,
        coalesce(defaults.ndcg, 0) as default_ndcg,
        coalesce(rules.ndcg, 0) as rule_ndcg

    from windows

    inner join customers
        on windows.window_date = customers.window_date

    inner join blends
        on customers.list = blends.list

    left join trials
        on
            customers.window_date = trials.as_of_date
            and customers.list = trials.list
            and customers.customer_id = trials.customer_id
            and blends.blend = trials.blend

    left join trials as defaults
        on
            customers.window_date = defaults.as_of_date
            and customers.list = defaults.list
            and customers.customer_id = defaults.customer_id
            and defaults.blend = 'default'

    left join trials as rules
        on
            customers.window_date = rules.as_of_date
            and customers.list = rules.list
            and customers.customer_id = rules.customer_id
            and rules.blend = 'rule'

),

-- a window counts where enough customers can be told apart in it
window_sums as (

    select
        as_of_date,
        list,
        blend,
        window_date,
        count(*) as customer_count,
        sum(ndcg - default_ndcg) as difference_sum
    from scores

    group by
        as_of_date,
        list,
        blend,
        window_date

    having count(*) >= {{ var('min_customers') }}

),

window_counts as (

    select
        as_of_date,
        list,
        blend,
        count(*) as window_count,
        count(*) filter (where difference_sum > 0) as won_window_count
    from window_sums

    group by
        as_of_date,
        list,
        blend

),

-- a customer in several windows counts once, with the mean over them
customer_means as (

    select
        scores.as_of_date,
        scores.list,
        scores.blend,
        scores.customer_id,
        {{ decimal_mean('scores.ndcg', 18, 9) }} as ndcg,
        {{ decimal_mean('scores.ndcg - scores.default_ndcg', 18, 9) }} as difference,
        {{ decimal_mean('scores.ndcg - scores.rule_ndcg', 18, 9) }} as rule_difference

    from scores

    inner join window_sums
        on
            scores.as_of_date = window_sums.as_of_date
            and scores.list = window_sums.list
            and scores.blend = window_sums.blend
            and scores.window_date = window_sums.window_date

    group by
        scores.as_of_date,
        scores.list,
        scores.blend,
        scores.customer_id

),

sums as (

    select
        as_of_date,
        list,
        blend,
        count(*) as customer_count,
        count(*) filter (where difference != 0) as differing_count,
        count(*) filter (where rule_difference != 0) as rule_differing_count,
        cast(sum(ndcg) as double) / count(ndcg) as ndcg,
        sum(difference) as difference_sum,
        sum(cast(difference * difference as decimal(18, 12))) as difference_square_sum,
        sum(rule_difference) as rule_difference_sum,
        sum(
            cast(rule_difference * rule_difference as decimal(18, 12))
        ) as rule_difference_square_sum
    from customer_means

    group by
        as_of_date,
        list,
        blend

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
        blends.list,
        blends.blend,
        blends.is_default,
        blends.is_rule,
        blends.is_varied,
        blends.is_fixed,
        blends.is_challenger,
        blends.blend_number,
        coalesce(window_counts.window_count, 0) as window_count,
        coalesce(window_counts.won_window_count, 0) as won_window_count,
        coalesce(pooled.customer_count, 0) as customer_count,
        pooled.ndcg,
        pooled.difference,
        pooled.margin,
        pooled.rule_difference,
        pooled.rule_margin,
        pooled.rule_differing_count,
        case
            when {{ has_verdict('pooled.customer_count', 'pooled.differing_count') }}
                then {{ normal_of_t(
                    'pooled.difference / nullif(pooled.error, 0)', '(pooled.customer_count - 1)'
                ) }}
        end as surprise

    from decisions

    cross join blends

    left join window_counts
        on
            decisions.as_of_date = window_counts.as_of_date
            and blends.list = window_counts.list
            and blends.blend = window_counts.blend

    left join pooled
        on
            decisions.as_of_date = pooled.as_of_date
            and blends.list = pooled.list
            and blends.blend = pooled.blend

),

{{ judged_challengers(['as_of_date', 'list'], 'blend_number') }}

chosen as (

    select
        as_of_date,
        list,
        blend,
        is_fixed
    from judged

    where
        is_default
        or is_better
        or is_fixed

    qualify row_number() over (
        partition by as_of_date, list
        order by
            is_fixed desc,
            is_better desc,
            ndcg desc,
            blend_number asc
    ) = 1

),

varied as (

    select
        judged.as_of_date,
        judged.list,
        case
            when chosen.is_fixed then judged.is_fixed
            else judged.difference - judged.margin >= -{{ most_lost }}
        end as is_varied

    from judged

    inner join chosen
        on
            judged.as_of_date = chosen.as_of_date
            and judged.list = chosen.list

    where judged.is_varied

),

final as (

    select
        judged.as_of_date,
        judged.list,
        judged.blend,
        judged.blend_number,
        judged.is_default,
        judged.is_rule,
        judged.is_fixed,
        judged.is_better,
        judged.blend = chosen.blend as is_chosen,
        judged.blend = chosen.blend and coalesce(varied.is_varied, false) as is_varied,
        judged.window_count,
        judged.won_window_count,
        judged.customer_count,
        judged.ndcg,
        judged.difference,
        judged.difference - judged.margin as low,
        judged.difference + judged.margin as high,
        judged.rule_difference,
        judged.rule_difference - judged.rule_margin as rule_low,
        judged.rule_difference + judged.rule_margin as rule_high,
        coalesce(
            judged.blend = chosen.blend
            and judged.rule_difference + judged.rule_margin < 0
            and {{ has_verdict('judged.customer_count', 'judged.rule_differing_count') }},
            false
        ) as is_rule_served

    from judged

    inner join chosen
        on
            judged.as_of_date = chosen.as_of_date
            and judged.list = chosen.list

    left join varied
        on
            judged.as_of_date = varied.as_of_date
            and judged.list = varied.list

)

select * from final
