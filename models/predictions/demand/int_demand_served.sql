{#- What is worse than its rule in the reported origins, which are over today, is not served. -#}

with

methods as (

    select * from {{ ref('int_demand_choices') }}

),

scorecard as (

    select * from {{ ref('int_demand_scorecard') }}

),

judged as (

    select
        methods.method,
        methods.is_chosen,
        methods.is_rule,
        coalesce(differences.low > 0, false) as is_worse,
        figures.wape,
        figures.rule_wape,
        figures.bias,
        figures.coverage,
        differences.beats_baseline

    from methods

    left join scorecard as differences
        on
            methods.method = differences.method
            and differences.slice = 'compared products'
            and differences.metric = 'wape_difference'

    left join (
        select
            method,
            max(case when metric = 'wape' then value end) as wape,
            max(case when metric = 'wape' then baseline_value end) as rule_wape,
            max(case when metric = 'bias' then value end) as bias,
            max(case when metric = 'coverage' then value end) as coverage
        from scorecard

        where
            slice = 'compared products'
            or metric = 'coverage'

        group by method
    ) as figures
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
