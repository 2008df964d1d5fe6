-- Whom to win back, and what to offer them?
with

rfm as (

    select * from {{ ref('fct_customer_rfm') }}
    where
        is_current
        and rfm_group in ('previously_loyal', 'at_risk')

),

customers as (

    select * from {{ ref('dim_customers') }}

),

behavior as (

    select * from {{ ref('fct_customer_behavior') }}

),

churn as (

    select * from {{ ref('fct_customer_churn') }}

),

products as (

    select * from {{ ref('dim_products') }}
    where
        is_still_sold
        and not is_non_product

),

lines as (

    select * from {{ ref('fct_order_lines') }}
    where gross_amount > 0

),

-- what they bought before, or else the first new product
listed as (

    select * from {{ ref('fct_customer_recommendations') }}
    where is_current

    qualify row_number() over (partition by customer_id order by list, rank) = 1

),

own_days as (

    select
        rfm.customer_id,
        lines.product_id,
        count(distinct cast(lines.ordered_at as date)) as day_count,
        max(lines.ordered_at) as last_ordered_at

    from rfm

    inner join lines
        on
            rfm.customer_id = lines.customer_id
            and lines.ordered_at < rfm.as_of_date

    inner join products
        on lines.product_id = products.product_id

    group by
        rfm.customer_id,
        lines.product_id

),

-- who has been away for long has no list any more: there it is what they bought on most days
own_products as (

    select
        customer_id,
        product_id,
        day_count
    from own_days

    qualify row_number() over (
        partition by customer_id
        order by day_count desc, last_ordered_at desc, product_id asc
    ) = 1

),

offers as (

    select
        rfm.customer_id,
        coalesce(listed.product_id, own_products.product_id) as product_id,
        coalesce(
            listed.reason,
            'Bought it on ' || own_products.day_count
            || case when own_products.day_count = 1 then ' day.' else ' days.' end
        ) as reason

    from rfm

    left join listed
        on rfm.customer_id = listed.customer_id

    left join own_products
        on rfm.customer_id = own_products.customer_id

),

final as (

    select
        rfm.customer_id,
        rfm.rfm_group,
        customers.has_marketing_consent,
        rfm.monetary_amount,
        rfm.frequency,
        rfm.recency_days,
        behavior.average_gap_days,
        behavior.favorite_category,
        churn.churn_probability,
        churn.reason_1 as churn_reason,
        offers.product_id as offered_product_id,
        products.product_name as offered_product_name,
        offers.reason as offer_reason

    from rfm

    inner join customers
        on rfm.customer_id = customers.customer_id

    left join behavior
        on
            rfm.as_of_date = behavior.as_of_date
            and rfm.customer_id = behavior.customer_id

    left join churn
        on
            rfm.as_of_date = churn.as_of_date
            and rfm.customer_id = churn.customer_id

    left join offers
        on rfm.customer_id = offers.customer_id

    left join products
        on offers.product_id = products.product_id

),

ranked as (

    select
        cast(
            row_number() over (
                order by
                    monetary_amount desc,
                    customer_id asc
            ) as int
        ) as place,
        *
    from final

)

select * from ranked
where place <= 100
order by place
