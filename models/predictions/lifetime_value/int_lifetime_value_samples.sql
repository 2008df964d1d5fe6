with

histories as (

    select * from {{ ref('int_purchase_histories') }}

),

-- a customer is known by their history, so that another id draws the same sample
fingerprints as (

    select
        as_of_date,
        customer_id,
        md5(
            cast(repeat_count as string) || ' ' || cast(active_days as string)
            || ' ' || cast(age_days as string) || ' ' || cast(net_amount as string)
        ) as fingerprint
    from histories

),

-- of customers who are alike it does not matter which is drawn, but how many are
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
        order by
            md5(fingerprint || ' ' || cast(alike_number as string)),
            fingerprint,
            alike_number
    ) <= {{ var('evaluation_sample_customers') }}

)

select * from sampled
