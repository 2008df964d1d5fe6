with

choices as (

    select * from {{ ref('int_list_choices') }}

),

dates as (

    select * from {{ ref('int_recommendation_dates') }}
    where is_published

),

parts as (

    select
        blends.list,
        blends.blend,
        blends.position,
        blends.min_products,
        blends.method || case
            when settings.is_usual then ''
            else ' (' || cast(blends.setting as string) || ')'
        end as part

    from {{ ref('int_list_blends') }} as blends

    inner join {{ ref('int_method_settings') }} as settings
        on
            blends.method = settings.method
            and blends.setting = settings.setting

),

made_of as (

    select
        list,
        blend,
        max(min_products) as min_products,
        {{ dbt.listagg('part', "' + '", 'order by position') }} as methods
    from parts

    group by
        list,
        blend

),

told as (

    select
        choices.*,
        made_of.methods,
        made_of.min_products,
        dates.is_current

    from choices

    inner join dates
        on choices.as_of_date = dates.as_of_date

    inner join made_of
        on
            choices.list = made_of.list
            and choices.blend = made_of.blend

),

final as (

    select
        as_of_date,
        list,
        blend,
        is_current,
        methods,
        min_products,
        is_default,
        is_rule,
        is_chosen,
        is_varied,
        is_rule_served,
        window_count,
        won_window_count,
        customer_count,
        cast(ndcg as decimal(18, 6)) as ndcg,
        cast(difference as decimal(18, 6)) as difference,
        cast(greatest(low, -1) as decimal(18, 6)) as low,
        cast(least(high, 1) as decimal(18, 6)) as high,
        cast(rule_difference as decimal(18, 6)) as rule_difference,
        cast(greatest(rule_low, -1) as decimal(18, 6)) as rule_low,
        cast(least(rule_high, 1) as decimal(18, 6)) as rule_high,
        case
            when is_fixed then 'chosen by the var list_choices'
            when is_chosen and is_better
                then 'chosen: better than the default in both of two closed windows and in both'
                    || ' together'
            when is_chosen and window_count < 2
                then 'chosen: fewer than two windows with enough customers are closed, so the'
                    || ' default stays'
            when is_chosen
                then 'chosen: nothing was better in both of two closed windows and in both together'
            when is_rule or blend = 'varied' then 'there to be compared with'
            when is_default then 'another is better'
            when window_count = 0 then 'no window with enough customers is closed'
            when is_better then 'better than the default, but not the best'
            when won_window_count < window_count
                then 'better than the default in ' || cast(won_window_count as string) || ' of '
                    || cast(window_count as string) || ' closed windows'
            when window_count < 2 then 'better than the default, but in one closed window alone'
            else 'better than the default by no more than chance gives'
        end
        || case
            when is_rule_served
                then '; surely worse than the rule, so customers get the rule''s list'
            else ''
        end as reason
    from told

)

select * from final
