-- nothing said as of a day rests on that day or a later one
select
    as_of_date,
    customer_id
from {{ ref('fct_customer_rfm') }}
where last_purchase_date >= as_of_date

union all

select
    as_of_date,
    customer_id
from {{ ref('fct_customer_behavior') }}
where
    last_visit_date >= as_of_date
    or tenure_days < 1
