with

champions as (

    select * from {{ ref('int_prediction_champions') }}

),

points as (

    select * from {{ ref('int_prediction_points') }}

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

features as (

    select * from {{ ref('int_customer_features') }}

),

next_orders as (

    select * from {{ ref('int_next_orders') }}

),

cell_rates as (

    select * from {{ ref('int_churn_cell_rates') }}

),

coefficients as (

    select * from {{ ref('ml_prediction_coefficients') }}
    where term_number = 0

),

sums as (

    select
        task,
        as_of_date,
        customer_id,
        sum(contribution) as contribution
    from {{ ref('int_prediction_terms') }}

    group by
        task,
        as_of_date,
        customer_id

),

-- the base and all that moves the customer away from it
moved as (

    select
        champions.task,
        points.as_of_date,
        points.customer_id,
        champions.method,
        coefficients.factor,
        coefficients.coefficient + cast(coalesce(sums.contribution, 0) as double) as total

    from points

    inner join champions
        on points.as_of_date = champions.as_of_date

    inner join coefficients
        on
            champions.task = coefficients.task
            and champions.as_of_date = coefficients.as_of_date
            and champions.method = coefficients.method

    left join sums
        on
            champions.task = sums.task
            and points.as_of_date = sums.as_of_date
            and points.customer_id = sums.customer_id

),

-- a logit gives a probability, and a root an amount
linear as (

    select
        task,
        as_of_date,
        customer_id,
        method,
        case
            when task = 'churn' then 1 / (1 + exp(-total))
            else factor * power(greatest(total, 0), 2)
        end as prediction
    from moved

),

cells as (

    select
        champions.task,
        points.as_of_date,
        points.customer_id,
        champions.method,
        cast(cell_rates.purchase_rate as double) as prediction

    from points

    inner join champions
        on
            points.as_of_date = champions.as_of_date
            and champions.method = 'rfm_cells'

    inner join rfm
        on
            points.as_of_date = rfm.as_of_date
            and points.customer_id = rfm.customer_id

    inner join cell_rates
        on
            points.as_of_date = cell_rates.as_of_date
            and rfm.recency_score = cell_rates.recency_score
            and rfm.fm_score = cell_rates.fm_score

),

plain as (

    {% for method in plain_methods() -%}
    select
        champions.task,
        points.as_of_date,
        points.customer_id,
        champions.method,
        cast({{ method.value }} as double) as prediction

    from points

    inner join champions
        on
            points.as_of_date = champions.as_of_date
            and champions.task = '{{ method.task }}'
            and champions.method = '{{ method.name }}'

    inner join {{ method.relation }} as past
        on
            points.as_of_date = past.as_of_date
            and points.customer_id = past.customer_id

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

learned as (

    select
        scores.task,
        scores.as_of_date,
        scores.customer_id,
        scores.product_id,
        champions.method,
        scores.prediction

    from {{ ref('ml_prediction_scores') }} as scores

    inner join champions
        on
            scores.task = champions.task
            and scores.as_of_date = champions.as_of_date

),

scores as (

    {% for part in ['linear', 'cells', 'plain', 'learned'] -%}
    select
        task,
        as_of_date,
        customer_id,
        {{ 'product_id' if part == 'learned' else 'cast(null as string) as product_id' }},
        method,
        prediction
    from {{ part }}

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

final as (

    select
        task,
        as_of_date,
        customer_id,
        product_id,
        method,
        cast(prediction as decimal(28, 6)) as prediction
    from scores

    where prediction is not null

)

select * from final
