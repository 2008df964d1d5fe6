with

figures as (

    select * from {{ ref('int_drift_figures') }}

),

judged as (

    select
        *,
        {#- what the index would exceed one time in twenty were nothing changed: (1/n + 1/m) times
            chi-squared of the tenths less one (Yurdakul and Naranjo 2020) #}
        case
            when tenth_count > 1 and least(known_current_count, known_backtest_count) > 0
                then
                    (cast(1 as double) / known_current_count
                    + cast(1 as double) / known_backtest_count)
                    * {{ chi_squared_quantile(1.6449, '(tenth_count - 1)') }}
        end as index_by_chance,
        case
            when backtest_date is null
                then 'There is no backtest date to compare with.'
            when least(current_count, backtest_count) < {{ var('min_customers') }}
                then
                    'There are ' || cast(least(current_count, backtest_count) as string)
                    || ' ' || subject || ' at one of both dates, and '
                    || '{{ var("min_customers") }} are needed.'
            when least(known_current_count, known_backtest_count) = 0
                then 'It is missing for all ' || subject || ' at one of both dates.'
        end as no_index_reason
    from figures

),

final as (

    select
        subject,
        kind,
        name,
        as_of_date,
        backtest_date,
        cast(current_count as bigint) as current_count,
        cast(backtest_count as bigint) as backtest_count,
        {{ ratio('current_count - known_current_count', 'current_count') }}
        as current_missing_share,
        {{ ratio('backtest_count - known_backtest_count', 'backtest_count') }}
        as backtest_missing_share,
        cast(current_mean as decimal(18, 6)) as current_mean,
        cast(backtest_mean as decimal(18, 6)) as backtest_mean,
        case
            when no_index_reason is null then cast(stability_index as decimal(18, 6))
        end as stability_index,
        case
            when no_index_reason is null then cast(index_by_chance as decimal(18, 6))
        end as index_by_chance,
        case
            when no_index_reason is null
                then
                    stability_index > {{ var('drift_warning_level') }}
                    and stability_index > coalesce(index_by_chance, 0)
        end as has_drifted,
        no_index_reason
    from judged

)

select * from final
