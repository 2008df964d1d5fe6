with

windows as (

    select * from {{ ref('int_lifetime_value_windows') }}

),

scored_dates as (

    select distinct as_of_date from windows
    where is_scored

),

histories as (

    select * from {{ ref('int_purchase_histories') }}

),

-- a customer is known by their history, so that another id draws the same sample; of customers who
-- are alike it does not matter which is drawn, but how many are
numbered as (

    select
        histories.as_of_date,
        histories.customer_id,
        histories.repeat_count,
        histories.active_days,
        histories.age_days,
        histories.net_amount,
        row_number() over (
            partition by
                histories.as_of_date,
                histories.repeat_count,
                histories.active_days,
                histories.age_days,
                histories.net_amount
            order by histories.customer_id
        ) as alike_number

    from histories

    inner join scored_dates
        on histories.as_of_date = scored_dates.as_of_date

),

drawn as (

    select
        as_of_date,
        customer_id,
        md5(
            cast(repeat_count as string) || ' ' || cast(active_days as string)
            || ' ' || cast(age_days as string) || ' ' || cast(net_amount as string)
            || ' ' || cast(alike_number as string)
        ) as draw
    from numbered

),

sampled as (

    select
        as_of_date,
        customer_id
    from drawn

    qualify row_number() over (
        partition by as_of_date
        order by draw, customer_id
    ) <= {{ var('evaluation_sample_customers') }}

)

select * from sampled
