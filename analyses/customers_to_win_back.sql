-- once among the best, now long gone: whom to write to first, most valuable first
select
    rfm.customer_id,
    rfm.recency_days,
    rfm.frequency,
    rfm.monetary_amount,
    behavior.favorite_category,
    behavior.average_gap_days,
    customers.has_marketing_consent
from {{ ref('fct_customer_rfm') }} as rfm
inner join {{ ref('fct_customer_behavior') }} as behavior
    on
        rfm.as_of_date = behavior.as_of_date
        and rfm.customer_id = behavior.customer_id
inner join {{ ref('dim_customers') }} as customers
    on rfm.customer_id = customers.customer_id
where
    rfm.is_current
    and rfm.rfm_group in ('previously_loyal', 'at_risk')
order by
    rfm.monetary_amount desc,
    rfm.customer_id asc
