with

build as (

    select * from {{ ref('int_build') }}

),

history as (

    select * from {{ source('build_history', 'measures') }}

),

own_measures as (

    select * from {{ ref('int_build_measures') }}

),

measures as (

    select
        history.build_number,
        history.fingerprint,
        history.as_of_date,
        history.table_name,
        history.name,
        history.measure,
        history.value

    from history

    inner join build
        on history.build_number < build.build_number

    union all

    select
        build.build_number,
        build.fingerprint,
        build.as_of_date,
        own_measures.table_name,
        own_measures.name,
        own_measures.measure,
        own_measures.value

    from own_measures

    cross join build

),

builds as (

    select
        build_number,
        lag(build_number) over (order by build_number) as previous_build_number
    from (select distinct build_number from measures) as numbers

),

compared as (

    select
        measures.*,
        measures.build_number = build.build_number as is_latest,
        previous.value as previous_value,
        own_rows.value as row_count,
        gaps.value as longest_gap_days

    from measures

    cross join build

    inner join builds
        on measures.build_number = builds.build_number

    left join measures as previous
        on
            builds.previous_build_number = previous.build_number
            and measures.table_name = previous.table_name
            and measures.name = previous.name
            and measures.measure = previous.measure

    left join measures as own_rows
        on
            measures.build_number = own_rows.build_number
            and measures.table_name = own_rows.table_name
            and own_rows.measure = 'rows'

    left join measures as gaps
        on
            measures.build_number = gaps.build_number
            and measures.table_name = gaps.table_name
            and gaps.measure = 'longest gap of its last 90 days'

),

judged as (

    select
        *,
        case
            when measure = 'rows' and previous_value > 0 and value = 0
                then 'has no rows any longer, and had ' || {{ whole('previous_value') }}
            when measure = 'rows' and value < previous_value / 2
                then
                    'has ' || {{ whole('value') }} || ' rows, less than half of the '
                    || {{ whole('previous_value') }} || ' before'
            when
                measure = 'share without a value'
                and row_count > 0
                and value - previous_value > 0.5
                then
                    'lacks ' || name || ' in ' || {{ whole('100 * value') }}
                    || ' % of its rows, and did in ' || {{ whole('100 * previous_value') }} || ' %'
            when
                measure = 'share rejected'
                and value > 0.001
                and value > 3 * previous_value
                and (previous_value > 0 or value > 0.01)
                then
                    'has ' || {{ whole('1000 * value') }} || ' of 1,000 rows rejected, and had '
                    || {{ whole('1000 * previous_value') }}
            when
                measure = 'days since the last row'
                and value > greatest(3, 2 * coalesce(longest_gap_days, 0))
                and value > previous_value
                then
                    'ends ' || {{ whole('value') }} || ' days before today, and was never silent'
                    || ' for more than ' || {{ whole('coalesce(longest_gap_days, 0)') }}
                    || ' in its last 90 days'
        end as finding
    from compared

),

final as (

    select
        build_number,
        is_latest,
        fingerprint,
        as_of_date,
        table_name,
        name,
        measure,
        value,
        previous_value,
        finding is not null as has_warning,
        'The table ' || table_name || ' ' || finding || '.' as finding
    from judged

)

select * from final
