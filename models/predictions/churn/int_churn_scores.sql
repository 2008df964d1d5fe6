with

champions as (

    select * from {{ ref('int_churn_champions') }}

),

points as (

    select * from {{ ref('int_prediction_points') }}

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

cell_rates as (

    select * from {{ ref('int_churn_cell_rates') }}

),

coefficients as (

    select * from {{ ref('ml_churn_coefficients') }}
    where term_number = 0

),

contributions as (

    select
        as_of_date,
        customer_id,
        sum(contribution) as contribution
    from {{ ref('int_churn_contributions') }}

    group by
        as_of_date,
        customer_id

),

-- the logistic function of the base and of all that moves the customer away from it
linear as (

    select
        points.as_of_date,
        points.customer_id,
        champions.method,
        1 / (1 + exp(
            -(coefficients.coefficient + cast(coalesce(contributions.contribution, 0) as double))
        )) as purchase_probability

    from points

    inner join champions
        on points.as_of_date = champions.as_of_date

    inner join coefficients
        on
            champions.as_of_date = coefficients.as_of_date
            and champions.method = coefficients.method

    left join contributions
        on
            points.as_of_date = contributions.as_of_date
            and points.customer_id = contributions.customer_id

),

cells as (

    select
        points.as_of_date,
        points.customer_id,
        champions.method,
        cast(cell_rates.purchase_rate as double) as purchase_probability

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

learned as (

    select
        scores.as_of_date,
        scores.customer_id,
        champions.method,
        scores.purchase_probability

    from {{ ref('ml_churn_scores') }} as scores

    inner join champions
        on scores.as_of_date = champions.as_of_date

),

scores as (

    select * from linear

    union all

    select * from cells

    union all

    select * from learned

),

final as (

    select
        as_of_date,
        customer_id,
        method,
        cast(1 - purchase_probability as decimal(18, 6)) as churn_probability
    from scores

)

select * from final
