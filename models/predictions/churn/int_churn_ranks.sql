{%- set groups = 'as_of_date, method, is_fitted_on' -%}

with

trials as (

    select * from {{ ref('int_prediction_trials') }}
    where
        task = 'churn'
        and is_taken

),

churned as (

    select
        as_of_date,
        method,
        is_fitted_on,
        customer_id,
        outcome = 0 as has_churned,
        cast(1 - prediction as decimal(18, 9)) as churn_probability
    from trials

),

-- equal probabilities share the mean of their ranks
ranked as (

    select
        *,
        count(*) over (partition by {{ groups }}) as customer_count,
        count(*) over (partition by {{ groups }}, has_churned) as same_count,
        rank() over (partition by {{ groups }} order by churn_probability)
        + (count(*) over (partition by {{ groups }}, churn_probability) - 1)
        / cast(2 as double) as rank,
        rank() over (partition by {{ groups }}, has_churned order by churn_probability)
        + (count(*) over (partition by {{ groups }}, has_churned, churn_probability) - 1)
        / cast(2 as double) as same_rank,
        row_number() over (
            partition by {{ groups }}
            order by churn_probability desc, has_churned desc, customer_id asc
        ) as place
    from churned

),

-- the share of the other kind that stands on the right side of a customer (DeLong, DeLong,
-- Clarke-Pearson 1988): its mean over those who churned, or did not, is the area under the curve
placed as (

    select
        *,
        cast(case
            when has_churned then (rank - same_rank) / nullif(customer_count - same_count, 0)
            else 1 - (rank - same_rank) / nullif(customer_count - same_count, 0)
        end as decimal(18, 9)) as placement
    from ranked

),

-- as many as churned among the customers fitted on are called so there; the threshold is the same
-- for others
thresholds as (

    select
        as_of_date,
        method,
        churn_probability as threshold
    from placed

    where
        is_fitted_on
        and place = case when has_churned then same_count else customer_count - same_count end

),

final as (

    select
        placed.as_of_date,
        placed.method,
        placed.is_fitted_on,
        placed.customer_id,
        placed.has_churned,
        placed.churn_probability,
        placed.placement,
        placed.rank,
        placed.customer_count,
        thresholds.threshold,
        placed.churn_probability >= thresholds.threshold as is_called
    from placed

    left join thresholds
        on
            placed.as_of_date = thresholds.as_of_date
            and placed.method = thresholds.method

)

select * from final
