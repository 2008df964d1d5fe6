{%- set reason_count = 3 -%}

with

contributions as (

    select
        as_of_date,
        customer_id,
        feature,
        contribution
    from {{ ref('int_churn_contributions') }}

    union all

    select
        as_of_date,
        customer_id,
        feature,
        cast(contribution as decimal(18, 9)) as contribution
    from {{ ref('ml_churn_contributions') }}

),

features as (

    select * from {{ ref('int_customer_features') }}

),

-- the features that move the customer furthest; what speaks for coming back speaks against churn
ranked as (

    select
        as_of_date,
        customer_id,
        feature,
        -contribution as effect,
        cast(row_number() over (
            partition by as_of_date, customer_id
            order by abs(contribution) desc, feature asc
        ) as int) as reason_number
    from contributions

    qualify reason_number <= {{ reason_count }}

),

final as (

    select
        ranked.as_of_date,
        ranked.customer_id,
        ranked.reason_number,
        ranked.feature,
        cast(ranked.effect as decimal(18, 6)) as effect,
        {{ churn_reason_words('ranked.feature', 'features') }} as reason

    from ranked

    inner join features
        on
            ranked.as_of_date = features.as_of_date
            and ranked.customer_id = features.customer_id

)

select * from final
