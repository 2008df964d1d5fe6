{{ config(materialized='view') }}

with

windows as (

    select * from {{ ref('int_lifetime_value_windows') }}

),

histories as (

    select * from {{ ref('int_purchase_histories') }}

),

expectations as (

    select * from {{ ref('ml_lifetime_value_expectations') }}

),

fits as (

    select * from {{ ref('ml_lifetime_value_fits') }}
    where is_usable

),

purchase_fits as (

    select
        as_of_date,
        {{ element('parameters', 1) }} as r,
        {{ element('parameters', 2) }} as alpha,
        {{ element('parameters', 3) }} as a,
        {{ element('parameters', 4) }} as b
    from fits

    where model = 'bg_nbd'

),

spend_fits as (

    select
        as_of_date,
        {{ element('parameters', 1) }} as p,
        {{ element('parameters', 2) }} as q,
        {{ element('parameters', 3) }} as v
    from fits

    where model = 'gamma_gamma'

),

-- times of the fit are weeks
in_weeks as (

    select
        windows.as_of_date,
        windows.horizon_days,
        windows.is_served,
        windows.is_scored,
        histories.customer_id,
        histories.repeat_count,
        histories.age_days,
        histories.net_amount,
        histories.repeat_amount,
        histories.active_days / cast(7 as double) as active_weeks,
        histories.age_days / cast(7 as double) as age_weeks,
        windows.horizon_days / cast(7 as double) as horizon_weeks,
        greatest(histories.age_days, windows.horizon_days) as rate_days

    from windows

    inner join histories
        on windows.as_of_date = histories.as_of_date

),

-- Gamma-Gamma's mean of a purchase day is Fader and Hardie's (2013) equation 5
estimated as (

    select
        in_weeks.*,
        {{ probability_alive(
            'purchase_fits', 'in_weeks.repeat_count', 'in_weeks.active_weeks', 'in_weeks.age_weeks'
        ) }} as alive,
        1 - exp(
            -(purchase_fits.r + in_weeks.repeat_count) * ln(
                1 + in_weeks.horizon_weeks / (purchase_fits.alpha + in_weeks.age_weeks)
            )
        ) as buys_if_alive,
        expectations.expected_if_alive,
        expectations.discounted_if_alive,
        spend_fits.p * (spend_fits.v + cast(in_weeks.repeat_amount as double))
        / (spend_fits.p * in_weeks.repeat_count + spend_fits.q - 1) as mean_amount

    from in_weeks

    left join purchase_fits
        on in_weeks.as_of_date = purchase_fits.as_of_date

    left join spend_fits
        on in_weeks.as_of_date = spend_fits.as_of_date

    left join expectations
        on
            in_weeks.as_of_date = expectations.as_of_date
            and in_weeks.horizon_days = expectations.horizon_days
            and in_weeks.repeat_count = expectations.repeat_count
            and in_weeks.age_days = expectations.age_days

),

-- who is younger than the horizon is taken to need that long for what they bought
final as (

    select
        as_of_date,
        horizon_days,
        is_served,
        is_scored,
        customer_id,
        cast(alive * expected_if_alive as decimal(18, 6)) as model_purchases,
        cast(
            repeat_count * horizon_days / cast(rate_days as double) as decimal(18, 6)
        ) as rule_purchases,
        cast(alive * buys_if_alive as decimal(18, 6)) as purchase_probability,
        cast(alive * expected_if_alive * mean_amount as decimal(28, 6)) as model_value,
        cast(
            greatest(cast(net_amount as double), 0) * horizon_days / rate_days as decimal(28, 6)
        ) as rule_value,
        cast(
            discounted_if_alive / nullif(expected_if_alive, 0) as decimal(18, 6)
        ) as discounted_share

    from estimated

)

select * from final
