-- every customer who bought before today is in one cohort, with all their purchases and net, and no
-- month of the triangle is missing
with

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

customers as (

    select
        count(*) as customer_count,
        sum(frequency) as purchase_count
    from {{ ref('fct_customer_rfm') }}
    where is_current

),

cohorts as (

    select
        coalesce(sum(customer_count) filter (where month_number = 0), 0) as customer_count,
        coalesce(sum(order_count), 0) as purchase_count,
        count(*) filter (where is_suppressed) as suppressed_count
    from {{ ref('rpt_cohort_retention') }}

),

gaps as (

    select count(*) as gap_count
    from (
        select
            cohorts.cohort_month,
            count(*) as month_count,
            max(
                {{ dbt.datediff(
                    'cohorts.cohort_month', add_days('today.as_of_date', -1), 'month'
                ) }}
            ) + 1 as expected_count
        from {{ ref('rpt_cohort_retention') }} as cohorts
        cross join today
        group by all
    ) as triangle
    where month_count != expected_count

)

select *
from customers
cross join cohorts
cross join gaps
where
    gaps.gap_count > 0
    or cohorts.suppressed_count = 0
    and (
        customers.customer_count != cohorts.customer_count
        or coalesce(customers.purchase_count, 0) != cohorts.purchase_count
    )
