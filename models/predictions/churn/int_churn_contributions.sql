{%- set half = as_decimal('cast(contribution as double) / 2', 18, 9) -%}

with

terms as (

    select * from {{ ref('int_prediction_terms') }}
    where task = 'churn'

),

-- half of a product belongs to either of its features (src/customer_value/linear_terms.py)
shares as (

    select
        as_of_date,
        customer_id,
        feature_number,
        is_number,
        case
            when other_feature_number is null then contribution
            else contribution - {{ half }}
        end as contribution
    from terms

    union all

    select
        as_of_date,
        customer_id,
        other_feature_number as feature_number,
        true as is_number,
        {{ half }} as contribution
    from terms

    where other_feature_number is not null

),

features as (

    select * from {{ ref('int_prediction_features') }}
    where population = 'customers'

),

final as (

    select
        shares.as_of_date,
        shares.customer_id,
        features.feature,
        cast(sum(shares.contribution) as decimal(18, 9)) as contribution

    from shares

    inner join features
        on
            shares.feature_number = features.feature_number
            and shares.is_number = features.is_number

    group by
        shares.as_of_date,
        shares.customer_id,
        features.feature

)

select * from final
