with

trials as (

    select * from {{ ref('ml_churn_trials') }}

),

samples as (

    select * from {{ ref('int_prediction_samples') }}

),

dates as (

    select * from {{ ref('int_prediction_dates') }}
    where is_scored

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

cell_rates as (

    select * from {{ ref('int_churn_cell_rates') }}

),

-- the customers that a date's methods are fitted on, and those whom they are tried on
tried_customers as (

    select
        dates.as_of_date,
        samples.as_of_date as seen_as_of,
        dates.trained_as_of = samples.as_of_date as is_fitted_on,
        samples.sample_number,
        samples.customer_id,
        samples.has_purchased

    from dates

    inner join samples
        on
            dates.as_of_date = samples.as_of_date
            or dates.trained_as_of = samples.as_of_date

    where samples.has_purchased is not null

),

cells as (

    select
        tried_customers.as_of_date,
        tried_customers.is_fitted_on,
        'rfm_cells' as method,
        'own rate' as setting,
        tried_customers.customer_id,
        tried_customers.has_purchased,
        cell_rates.purchase_rate as purchase_probability

    from tried_customers

    inner join rfm
        on
            tried_customers.seen_as_of = rfm.as_of_date
            and tried_customers.customer_id = rfm.customer_id

    inner join cell_rates
        on
            tried_customers.as_of_date = cell_rates.as_of_date
            and rfm.recency_score = cell_rates.recency_score
            and rfm.fm_score = cell_rates.fm_score

),

learned as (

    select
        tried_customers.as_of_date,
        tried_customers.is_fitted_on,
        trials.method,
        trials.setting,
        tried_customers.customer_id,
        tried_customers.has_purchased,
        cast(trials.purchase_probability as decimal(18, 9)) as purchase_probability

    from tried_customers

    inner join trials
        on
            tried_customers.as_of_date = trials.as_of_date
            and tried_customers.is_fitted_on = trials.is_fitted_on
            and tried_customers.sample_number = trials.sample_number

),

final as (

    select * from cells

    union all

    select * from learned

)

select * from final
