{#- What is worse than its rule in the reported origins, which are over today, is not served. -#}

with

methods as (

    select * from {{ ref('int_demand_choices') }}

),

scorecard as (

    select * from {{ ref('int_demand_scorecard') }}

),

figures as (

    select
        method,
        max(case when metric = 'wape' then value end) as wape,
        max(case when metric = 'wape' then baseline_value end) as rule_wape,
        max(case when metric = 'bias' then value end) as bias,
        max(case when metric = 'coverage' then value end) as coverage,
        bool_or(case when metric = 'wape_difference' then low > 0 end) as is_worse,
        bool_or(case when metric = 'wape_difference' then beats_baseline end) as beats_baseline
    from scorecard

    where
        slice = 'compared products'
        or metric = 'coverage'

    group by method

),

judged as (

    select
        methods.method,
        methods.is_chosen,
        methods.is_rule,
        coalesce(figures.is_worse, false) as is_worse,
        figures.wape,
        figures.rule_wape,
        figures.bias,
        figures.coverage,
        figures.beats_baseline

    from methods

    left join figures
        on methods.method = figures.method

    where
        methods.is_chosen
        or methods.is_rule

),

final as (

    select
        method,
        wape,
        rule_wape,
        bias,
        coverage,
        beats_baseline
    from judged

    qualify row_number() over (
        order by
            is_chosen and not is_worse desc,
            is_rule desc,
            method asc
    ) = 1

)

select * from final
