with

build as (

    select * from {{ ref('int_build') }}

),

history as (

    select * from {{ source('build_history', 'drift') }}

),

own_drift as (

    select * from {{ ref('rpt_drift') }}

),

drift as (

    select
        history.build_number,
        history.as_of_date,
        history.subject,
        history.kind,
        history.name,
        history.stability_index,
        history.has_drifted

    from history

    inner join build
        on history.build_number < build.build_number

    union all

    select
        build.build_number,
        build.as_of_date,
        own_drift.subject,
        own_drift.kind,
        own_drift.name,
        own_drift.stability_index,
        own_drift.has_drifted

    from own_drift

    cross join build

),

-- builds since the last one in which it had not drifted
counted as (

    select
        *,
        sum(case when has_drifted then 0 else 1 end) over (
            partition by subject, kind, name
            order by build_number
            rows between unbounded preceding and current row
        ) as calm_count
    from drift

),

final as (

    select
        counted.build_number,
        counted.build_number = build.build_number as is_latest,
        counted.as_of_date,
        counted.subject,
        counted.kind,
        counted.name,
        counted.stability_index,
        counted.has_drifted,
        cast(
            sum(case when counted.has_drifted then 1 else 0 end) over (
                partition by counted.subject, counted.kind, counted.name, counted.calm_count
                order by counted.build_number
                rows between unbounded preceding and current row
            ) as bigint
        ) as drifted_build_count

    from counted

    cross join build

)

select * from final
