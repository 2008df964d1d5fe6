{%- set groups = 'task, as_of_date, method, is_fitted_on' -%}

with

trials as (

    select * from {{ ref('int_prediction_trials') }}
    where
        task in ({{ probability_tasks() }})
        and is_taken

),

-- the trials are about buying, churn is about not buying
told as (

    select
        task,
        as_of_date,
        method,
        is_fitted_on,
        seen_as_of,
        customer_id,
        product_id,
        case when task = 'churn' then outcome = 0 else outcome = 1 end as has_happened,
        cast(
            case when task = 'churn' then 1 - prediction else prediction end as decimal(18, 9)
        ) as probability
    from trials

),

-- equal probabilities share the mean of their ranks
ranked as (

    select
        *,
        count(*) over (partition by {{ groups }}) as row_count,
        count(*) over (partition by {{ groups }}, has_happened) as same_count,
        rank() over (partition by {{ groups }} order by probability)
        + (count(*) over (partition by {{ groups }}, probability) - 1)
        / cast(2 as double) as rank,
        rank() over (partition by {{ groups }}, has_happened order by probability)
        + (count(*) over (partition by {{ groups }}, has_happened, probability) - 1)
        / cast(2 as double) as same_rank,
        row_number() over (
            partition by {{ groups }}
            order by
                probability desc,
                has_happened desc,
                seen_as_of asc,
                customer_id asc,
                product_id asc nulls last
        ) as place
    from told

),

-- the share of the other kind that stands on the right side of a row (DeLong, DeLong,
-- Clarke-Pearson 1988): its mean over those that happened, or did not, is the area under the curve
placed as (

    select
        *,
        cast(case
            when has_happened then (rank - same_rank) / nullif(row_count - same_count, 0)
            else 1 - (rank - same_rank) / nullif(row_count - same_count, 0)
        end as decimal(18, 9)) as placement
    from ranked

),

-- as many as happened among those fitted on are called so there; the threshold is the same for
-- others
thresholds as (

    select
        task,
        as_of_date,
        method,
        probability as threshold
    from placed

    where
        is_fitted_on
        and place = case when has_happened then same_count else row_count - same_count end

),

final as (

    select
        placed.task,
        placed.as_of_date,
        placed.method,
        placed.is_fitted_on,
        placed.seen_as_of,
        placed.customer_id,
        placed.product_id,
        placed.has_happened,
        placed.probability,
        placed.placement,
        placed.rank,
        placed.row_count,
        thresholds.threshold,
        placed.probability >= thresholds.threshold as is_called
    from placed

    left join thresholds
        on
            placed.task = thresholds.task
            and placed.as_of_date = thresholds.as_of_date
            and placed.method = thresholds.method

)

select * from final
