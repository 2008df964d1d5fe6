-- every rejected row that is counted is kept
with

counted as (

    select
        table_name,
        reason,
        row_count
    from {{ ref('rpt_rejections') }}
    where reason != 'accepted'

),

kept as (

    select
        table_name,
        rejection_reason as reason,
        count(*) as row_count,
        count(raw_row) as raw_row_count
    from {{ ref('fct_rejected_rows') }}
    group by all

)

select *
from counted
full outer join kept
    on
        counted.table_name = kept.table_name
        and counted.reason = kept.reason
where
    counted.row_count is distinct from kept.row_count
    or kept.row_count is distinct from kept.raw_row_count
