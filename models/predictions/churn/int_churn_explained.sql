{#- A forest takes some milliseconds for each customer, a tree and boosted trees well below one. -#}
{%- set most, most_of_a_forest = 100000, 5000 -%}

with

champions as (

    select * from {{ ref('int_prediction_champions') }}
    where
        task = 'churn'
        and method in ('decision_tree', 'random_forest', 'gradient_boosting')

),

scores as (

    select * from {{ ref('ml_prediction_scores') }}
    where task = 'churn'

),

points as (

    select * from {{ ref('int_prediction_points') }}

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

-- those with most value at risk
final as (

    select
        points.as_of_date,
        champions.method,
        points.customer_id,
        points.numbers,
        points.words

    from points

    inner join champions
        on points.as_of_date = champions.as_of_date

    inner join scores
        on
            points.as_of_date = scores.as_of_date
            and points.customer_id = scores.customer_id

    inner join rfm
        on
            points.as_of_date = rfm.as_of_date
            and points.customer_id = rfm.customer_id

    qualify row_number() over (
        partition by points.as_of_date
        order by
            rfm.monetary_amount * (1 - scores.prediction) desc,
            points.sample_number asc
    ) <= case
        when champions.method = 'random_forest' then {{ most_of_a_forest }}
        else {{ most }}
    end

)

select * from final
