with

rfm as (

    select * from {{ ref('int_customer_rfm') }}

),

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

behavior as (

    select * from {{ ref('fct_customer_behavior') }}

),

quantities as (

    select * from {{ ref('int_customer_quantities') }}

),

-- a null stands for none of it: no returns, no visits, no second purchase day
features as (

    select
        rfm.as_of_date,
        rfm.customer_id,
        feature_dates.as_of_date is not null as has_behavior,
        rfm.recency_days,
        rfm.frequency,
        rfm.monetary_amount,
        {%- for feature in behavior_features() %}
        coalesce(behavior.{{ feature }}, 0) as {{ feature }},
        {%- endfor %}
        coalesce(quantities.median_quantity, 0) as median_quantity

    from rfm

    left join feature_dates
        on rfm.as_of_date = feature_dates.as_of_date

    left join behavior
        on
            rfm.as_of_date = behavior.as_of_date
            and rfm.customer_id = behavior.customer_id

    left join quantities
        on
            rfm.as_of_date = quantities.as_of_date
            and rfm.customer_id = quantities.customer_id

)

select * from features
