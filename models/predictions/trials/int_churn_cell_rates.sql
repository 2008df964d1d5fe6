with

dates as (

    select * from {{ ref('int_prediction_dates') }}
    where
        task = 'churn'
        and is_scored

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

outcomes as (

    select * from {{ ref('int_customer_outcomes') }}
    where horizon_days = {{ var('prediction_horizon_days') }}

),

-- who came back in the window that closed on the date, by the cell that they were in before it
counts as (

    select
        dates.as_of_date,
        rfm.recency_score,
        rfm.fm_score,
        count(*) as customer_count,
        count(*) filter (where outcomes.has_purchased) as buyer_count

    from dates

    inner join rfm
        on dates.trained_as_of = rfm.as_of_date

    inner join outcomes
        on
            rfm.as_of_date = outcomes.as_of_date
            and rfm.customer_id = outcomes.customer_id

    group by
        dates.as_of_date,
        rfm.recency_score,
        rfm.fm_score

),

scores as (

    select distinct
        recency_score,
        fm_score
    from {{ ref('rfm_groups') }}

),

totals as (

    select
        as_of_date,
        sum(customer_count) as customer_count,
        sum(buyer_count) as buyer_count
    from counts

    group by as_of_date

),

-- a cell that nobody was in has the rate of all
final as (

    select
        totals.as_of_date,
        scores.recency_score,
        scores.fm_score,
        cast(coalesce(counts.customer_count, 0) as bigint) as customer_count,
        cast(
            cast(coalesce(counts.buyer_count, totals.buyer_count) as double)
            / coalesce(counts.customer_count, totals.customer_count) as decimal(18, 9)
        ) as purchase_rate

    from totals

    cross join scores

    left join counts
        on
            totals.as_of_date = counts.as_of_date
            and scores.recency_score = counts.recency_score
            and scores.fm_score = counts.fm_score

)

select * from final
