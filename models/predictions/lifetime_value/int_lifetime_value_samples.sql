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

-- a customer is known by their history, so that another id draws the same sample
fingerprints as (

    select
        histories.as_of_date,
        histories.customer_id,
        {{ fingerprint([
            'histories.repeat_count', 'histories.active_days', 'histories.age_days',
            'histories.net_amount'
        ]) }} as fingerprint

    from histories

    inner join scored_dates
        on histories.as_of_date = scored_dates.as_of_date

),

numbered as (

    select
        *,
        row_number() over (
            partition by as_of_date, fingerprint
            order by customer_id
        ) as alike_number
    from fingerprints

),

sampled as (

    select
        as_of_date,
        customer_id
    from numbered

    qualify row_number() over (
        partition by as_of_date
        order by {{ draw_order() }}
    ) <= {{ var('evaluation_sample_customers') }}

)

select * from sampled
