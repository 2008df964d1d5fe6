-- on every date the groups have all customers and all they brought, each once
with

customers as (

    select
        as_of_date,
        count(*) as customer_count,
        sum(monetary_amount) as monetary_amount
    from {{ ref('fct_customer_rfm') }}
    group by all

),

segments as (

    select
        as_of_date,
        sum(customer_count) as customer_count,
        sum(revenue_amount) as revenue_amount,
        count(*) as group_count,
        count(*) filter (where is_suppressed) as suppressed_count
    from {{ ref('rpt_rfm_segments') }}
    group by all

),

rfm_groups as (

    select count(distinct rfm_group) as group_count
    from {{ ref('rfm_groups') }}

)

select *
from customers
full outer join segments
    on customers.as_of_date = segments.as_of_date
cross join rfm_groups
where
    coalesce(segments.suppressed_count, 0) = 0
    and (
        customers.customer_count is distinct from segments.customer_count
        or customers.monetary_amount is distinct from segments.revenue_amount
    )
    or segments.group_count is distinct from rfm_groups.group_count
