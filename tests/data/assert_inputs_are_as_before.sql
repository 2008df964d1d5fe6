{{ config(severity=var('input_change_severity')) }}

-- no table is suddenly empty or silent, no column suddenly without values, no rejections tripled
select *
from {{ ref('rpt_input_changes') }}
where
    is_latest
    and has_warning
