with

windows as (

    select * from {{ ref('int_lifetime_value_windows') }}

),

scorecard as (

    select * from {{ ref('int_lifetime_value_scorecard') }}
    where slice = 'all customers'

),

fits as (

    select * from {{ ref('ml_lifetime_value_fits') }}

),

-- the window that closed on the day: what is chosen for a day uses no other
served as (

    {% for target in value_targets() -%}
    select
        as_of_date,
        horizon_days,
        '{{ target.name }}' as target,
        '{{ target.method }}' as method,
        '{{ target.rule }}' as rule,
        history_days,
        {{ add_days('as_of_date', '-horizon_days') }} as trial_as_of_date,
        '{{ target.name }}' || ' within ' || cast(horizon_days as string) || ' days' as list
    from windows

    where is_served

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

fit_states as (

    select
        as_of_date,
        bool_and(is_usable) as has_both,
        bool_or(model = 'bg_nbd' and is_usable) as has_purchases,
        bool_or(model = 'bg_nbd' and status = 'too_few_repeat_buyers') as has_few_repeat_buyers
    from fits

    group by as_of_date

),

with_trials as (

    select
        served.as_of_date,
        served.horizon_days,
        served.target,
        served.method,
        served.rule,
        served.trial_as_of_date,
        served.history_days,
        coalesce(
            case
                when served.target = 'value' then fit_states.has_both
                else fit_states.has_purchases
            end, false
        ) as is_usable,
        coalesce(fit_states.has_few_repeat_buyers, true) as has_few_repeat_buyers,
        rule_biases.value as rule_bias,
        coalesce(rule_biases.rows_scored, 0) as customer_count,
        biases.value as bias,
        differences.value as mae_difference,
        differences.low as mae_difference_low,
        differences.high as mae_difference_high,
        differences.beats_baseline

    from served

    left join fit_states
        on served.as_of_date = fit_states.as_of_date

    left join scorecard as rule_biases
        on
            served.trial_as_of_date = rule_biases.as_of_date
            and served.list = rule_biases.list
            and served.rule = rule_biases.method
            and rule_biases.metric = 'bias'

    left join scorecard as biases
        on
            served.trial_as_of_date = biases.as_of_date
            and served.list = biases.list
            and served.method = biases.method
            and biases.metric = 'bias'

    left join scorecard as differences
        on
            served.trial_as_of_date = differences.as_of_date
            and served.list = differences.list
            and served.method = differences.method
            and differences.metric = 'mae_difference'

),

-- nothing is said from too little, and nothing that the rule says better
judged as (

    select
        *,
        case
            when history_days < 2 * horizon_days
                then
                    'less than ' || cast(2 * horizon_days as string)
                    || ' days of history, twice the horizon'
            when has_few_repeat_buyers
                then 'too few customers have bought on two days'
            when customer_count < {{ var('min_customers') }}
                then
                    'fewer than {{ var("min_customers") }} customers in the closed window '
                    || 'that would tell how good it is'
        end as reason_for_none,
        case
            when not is_usable then 'the fit says nothing'
            when mae_difference is null then 'the fit as of the closed window says nothing'
            when mae_difference_low > 0 then 'its errors in the closed window were larger'
            when
                abs(bias) > greatest({{ accepted_bias() }}, abs(rule_bias))
                and mae_difference_high >= 0
                then 'its total in the closed window was further off'
        end as reason_for_rule
    from with_trials

),

final as (

    select
        as_of_date,
        horizon_days,
        target,
        case
            when reason_for_none is not null then null
            when reason_for_rule is not null then rule
            else method
        end as method,
        case
            when reason_for_none is null
                then reason_for_rule is null and coalesce(beats_baseline, false)
        end as beats_baseline,
        coalesce(
            reason_for_none,
            case
                when reason_for_rule is not null
                    then rule || ' in place of ' || method || ': ' || reason_for_rule
            end
        ) as reason,
        trial_as_of_date,
        cast(customer_count as bigint) as customer_count,
        bias,
        rule_bias,
        mae_difference,
        mae_difference_low,
        mae_difference_high

    from judged

)

select * from final
