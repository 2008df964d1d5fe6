{%- set most = 100000 -%}
{%- set explained = [
    'carted_recently', 'viewed_most', 'bought_most', 'logistic_regression', 'decision_tree',
    'random_forest', 'gradient_boosting'
] -%}

with

champions as (

    select * from {{ ref('int_prediction_champions') }}
    where
        task in ('visitor_propensity', 'cart_propensity')
        and method in ('{{ explained | join("', '") }}')

),

scores as (

    select * from {{ ref('int_prediction_scores') }}

),

points as (

    select
        *,
        case
            when population = 'visitors' then 'visitor_propensity'
            else 'cart_propensity'
        end as task
    from {{ ref('int_propensity_points') }}

),

-- those who are likeliest to buy
final as (

    select
        points.task,
        points.as_of_date,
        champions.method,
        points.customer_id,
        points.product_id,
        points.numbers,
        points.words

    from points

    inner join champions
        on
            points.task = champions.task
            and points.as_of_date = champions.as_of_date

    inner join scores
        on
            points.task = scores.task
            and points.as_of_date = scores.as_of_date
            and points.customer_id = scores.customer_id
            and points.product_id is not distinct from scores.product_id

    qualify row_number() over (
        partition by points.task, points.as_of_date
        order by scores.prediction desc, points.sample_number asc
    ) <= {{ most }}

)

select * from final
