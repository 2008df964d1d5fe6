{{ config(severity=var('fairness_severity')) }}

-- no group of people is surely chosen far less often than the group that is chosen most often
select *
from {{ ref('rpt_fairness') }}
where
    has_warning
    and variant = 'served'
    and attribute in ({{ text_list(var('fairness_attributes') + ['']) }})
