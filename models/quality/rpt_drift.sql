with

figures as (

    select * from {{ ref('int_drift_figures') }}

),

judged as (

    select
        *,
        {{ index_by_chance('tenth_count', 'known_current_count', 'known_backtest_count') }}
        as index_by_chance,
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
                then {{ has_moved('stability_index', 'index_by_chance') }}
        end as has_drifted,
        no_index_reason
    from judged

)

select * from final
