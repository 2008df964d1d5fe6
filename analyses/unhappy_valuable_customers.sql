-- Which valuable customers are unhappy, and with what?
{%- set lowest_monetary_score = 4 %}
with

reviews as (

    select * from {{ ref('fct_review_sentiment') }}
    where customer_id is not null

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}
    where
        is_current
        and monetary_score >= {{ lowest_monetary_score }}

),

products as (

    select * from {{ ref('dim_products') }}

),

churn as (

    select * from {{ ref('fct_customer_churn') }}

),

-- who was pleased later is unhappy no more
latest_reviews as (

    select * from reviews

    qualify row_number() over (
        partition by customer_id order by reviewed_at desc nulls last, review_id desc
    ) = 1

),

final as (

    select
        rfm.customer_id,
        rfm.rfm_group,
        rfm.monetary_amount,
        rfm.frequency,
        rfm.recency_days,
        latest_reviews.review_id,
        latest_reviews.reviewed_at,
        latest_reviews.rating,
        latest_reviews.sentiment,
        latest_reviews.topic,
        latest_reviews.product_id,
        products.product_name,
        latest_reviews.order_id,
        churn.churn_probability

    from rfm

    inner join latest_reviews
        on rfm.customer_id = latest_reviews.customer_id

    left join products
        on latest_reviews.product_id = products.product_id

    left join churn
        on
            rfm.as_of_date = churn.as_of_date
            and rfm.customer_id = churn.customer_id

    where latest_reviews.is_complaint

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
