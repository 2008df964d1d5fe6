-- a month is complete where its last day is a known day, which no day from today on is
select
    cohorts.cohort_month,
    cohorts.order_month,
    cohorts.is_complete,
    today.as_of_date

from {{ ref('rpt_cohort_retention') }} as cohorts

cross join {{ ref('int_as_of_dates') }} as today

where
    today.is_current
    and cohorts.is_complete != (
        {{ dbt.last_day('cohorts.order_month', 'month') }} < today.as_of_date
    )
