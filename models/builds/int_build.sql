with

measures as (

    select * from {{ ref('int_build_measures') }}

),

history as (

    select * from {{ source('build_history', 'measures') }}

),

today as (

    select max(as_of_date) as as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

-- the same data with the same settings is the same build, however often it is made
content as (

    select {{ dbt.listagg(
        fingerprint(['table_name', 'name', 'measure', 'value']), "' '",
        'order by table_name, name, measure'
    ) }} as fingerprints
    from measures

),

versions as (

    select {{ dbt.listagg("library || ' ' || version", "', '", 'order by library') }} as versions
    from {{ ref('ml_library_versions') }}

),

this_build as (

    select
        today.as_of_date,
        md5(
            coalesce(content.fingerprints, '')
            || coalesce(cast(today.as_of_date as string), '')
            || {{ settings_text() }} || versions.versions
        ) as fingerprint,
        versions.versions

    from content

    cross join today

    cross join versions

),

last_build as (

    select
        max(build_number) as build_number,
        max_by(fingerprint, build_number) as fingerprint
    from history

),

numbered as (

    select
        this_build.as_of_date,
        this_build.fingerprint,
        this_build.versions,
        cast(
            coalesce(last_build.build_number, 0)
            + case when this_build.fingerprint = last_build.fingerprint then 0 else 1 end as bigint
        ) as build_number

    from this_build

    cross join last_build

),

final as (

    select
        numbered.build_number,
        numbered.fingerprint,
        numbered.as_of_date,
        numbered.versions,
        max(history.build_number) as previous_build_number

    from numbered

    left join history
        on numbered.build_number > history.build_number

    group by
        numbered.build_number,
        numbered.fingerprint,
        numbered.as_of_date,
        numbered.versions

)

select * from final
