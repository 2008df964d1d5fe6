with

trials as (

    select * from {{ ref('ml_prediction_trials') }}

),

samples as (

    select * from {{ ref('int_prediction_samples') }}

),

propensity_samples as (

    select * from {{ ref('int_propensity_samples') }}

),

dates as (

    select * from {{ ref('int_prediction_dates') }}
    where is_scored

),

features as (

    select * from {{ ref('int_customer_features') }}

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

next_orders as (

    select * from {{ ref('int_next_orders') }}

),

cell_rates as (

    select * from {{ ref('int_churn_cell_rates') }}

),

-- the customers that a date's methods are fitted on, and those whom they are tried on
tried_customers as (

    select
        dates.task,
        dates.as_of_date,
        samples.as_of_date as seen_as_of,
        dates.trained_as_of = samples.as_of_date as is_fitted_on,
        samples.sample_number,
        samples.customer_id,
        cast(null as string) as product_id,
        cast(case dates.task
            {%- for task in prediction_tasks()
                if task.population == 'customers' and not task.is_probability %}
            when '{{ task.name }}' then samples.{{ task.outcome }}
            {%- endfor %}
            else case when samples.has_purchased then 1 else 0 end
        end as decimal(18, 6)) as outcome

    from dates

    inner join samples
        on
            dates.as_of_date = samples.as_of_date
            or dates.trained_as_of = samples.as_of_date

    where
        dates.task in ({{ customer_tasks() }})
        and samples.has_purchased is not null

),

cells as (

    select
        tried_customers.task,
        tried_customers.as_of_date,
        tried_customers.is_fitted_on,
        'rfm_cells' as method,
        'own rate' as setting,
        true as is_usual,
        true as is_taken,
        tried_customers.seen_as_of,
        tried_customers.customer_id,
        tried_customers.product_id,
        tried_customers.outcome,
        cell_rates.purchase_rate as prediction

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

    where tried_customers.task = 'churn'

),

plain as (

    {% for method in plain_methods() -%}
    select
        tried_customers.task,
        tried_customers.as_of_date,
        tried_customers.is_fitted_on,
        '{{ method.name }}' as method,
        'past' as setting,
        true as is_usual,
        true as is_taken,
        tried_customers.seen_as_of,
        tried_customers.customer_id,
        tried_customers.product_id,
        tried_customers.outcome,
        {{ method.value }} as prediction

    from tried_customers

    inner join {{ method.relation }} as past
        on
            tried_customers.seen_as_of = past.as_of_date
            and tried_customers.customer_id = past.customer_id

    where tried_customers.task = '{{ method.task }}'

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

learned as (

    select
        tried_customers.task,
        tried_customers.as_of_date,
        tried_customers.is_fitted_on,
        trials.method,
        trials.setting,
        trials.is_usual,
        trials.is_taken,
        tried_customers.seen_as_of,
        tried_customers.customer_id,
        tried_customers.product_id,
        tried_customers.outcome,
        trials.prediction

    from tried_customers

    inner join trials
        on
            tried_customers.task = trials.task
            and tried_customers.as_of_date = trials.as_of_date
            and tried_customers.is_fitted_on = trials.is_fitted_on
            and tried_customers.seen_as_of = trials.seen_as_of
            and tried_customers.sample_number = trials.sample_number

),

-- visitors and what they looked at; their rules are learned, too
propensity as (

    select
        dates.task,
        dates.as_of_date,
        trials.is_fitted_on,
        trials.method,
        trials.setting,
        trials.is_usual,
        trials.is_taken,
        trials.seen_as_of,
        samples.customer_id,
        samples.product_id,
        cast(case when samples.has_purchased then 1 else 0 end as decimal(18, 6)) as outcome,
        trials.prediction

    from dates

    inner join trials
        on
            dates.task = trials.task
            and dates.as_of_date = trials.as_of_date

    inner join propensity_samples as samples
        on
            trials.seen_as_of = samples.as_of_date
            and trials.sample_number = samples.sample_number
            and case dates.task
                {%- for task in prediction_tasks() if task.population != 'customers' %}
                when '{{ task.name }}' then '{{ task.population }}'
                {%- endfor %}
            end = samples.population

    where samples.has_purchased is not null

),

tried as (

    {% for part in ['cells', 'plain', 'learned', 'propensity'] -%}
    select
        task,
        as_of_date,
        is_fitted_on,
        method,
        setting,
        is_usual,
        is_taken,
        seen_as_of,
        customer_id,
        product_id,
        outcome,
        cast(prediction as decimal(28, 9)) as prediction
    from {{ part }}

    where
        outcome is not null
        and prediction is not null

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

-- squared for a probability, whose mean is the Brier score, and absolute for an amount
final as (

    select
        *,
        cast(case
            when task in ({{ probability_tasks() }}) then power(prediction - outcome, 2)
            else abs(prediction - outcome)
        end as decimal(28, 9)) as error
    from tried

)

select * from final
