{#- Tables that are logs, in which a silence tells something: where they stand, and their day. -#}
{%- set logs = {
    'order_lines': ['int_orders', 'order_date'],
    'events': ['int_events', 'cast(occurred_at as date)'],
} -%}

with

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

columns as (

    select * from {{ ref('rpt_data_quality') }}

),

rejections as (

    select * from {{ ref('rpt_rejections') }}

),

{% for table, log in logs.items() -%}
{{ table }}_days as (

    select distinct {{ log[1] }} as log_date
    from {{ ref(log[0]) }}

),

{{ table }}_gaps as (

    select
        log_date,
        {{ days_between('lag(log_date) over (order by log_date)', 'log_date') }} as gap_days,
        max(log_date) over () as last_date
    from {{ table }}_days

),

{% endfor -%}
measures as (

    select
        table_name,
        cast('' as string) as name,
        'rows' as measure,
        cast(max(row_count) as double) as value
    from columns

    group by table_name

    union all

    select
        table_name,
        column_name as name,
        'share without a value' as measure,
        cast(null_share as double) as value
    from columns

    union all

    select
        table_name,
        cast('' as string) as name,
        'share rejected' as measure,
        cast(sum(case when reason != 'accepted' then row_count else 0 end) as double)
        / sum(row_count) as value
    from rejections

    group by table_name

    union all

    select
        table_name,
        reason as name,
        'rows rejected' as measure,
        cast(row_count as double) as value
    from rejections

    where reason != 'accepted'

    {%- for table in logs %}

    union all

    select
        '{{ table }}' as table_name,
        cast('' as string) as name,
        'days since the last row' as measure,
        cast(max({{ days_between('gaps.last_date', 'today.as_of_date') }}) as double) as value
    from {{ table }}_gaps as gaps
    cross join today
    having count(*) > 0

    union all

    select
        '{{ table }}' as table_name,
        cast('' as string) as name,
        'longest gap of its last 90 days' as measure,
        cast(max(gap_days) as double) as value
    from {{ table }}_gaps
    where {{ days_between('log_date', 'last_date') }} < 90
    having max(gap_days) is not null
    {%- endfor %}

),

final as (

    select
        table_name,
        name,
        measure,
        {{ as_decimal('value', 28, 6) }} as value
    from measures

)

select * from final
