{%- set quantile = 1.281552 -%}  {#- of the normal distribution, with 80 % inside -#}

with

gaps as (

    select * from {{ ref('int_customer_gaps') }}

),

moments as (

    select * from {{ ref('int_gap_moments') }}

),

-- n / (n + k) with k = within / between, written so that k may be without end
weighted as (

    select
        gaps.as_of_date,
        gaps.customer_id,
        gaps.last_purchase_date,
        gaps.gap_count,
        gaps.gap_sum / cast(nullif(gaps.gap_count, 0) as double) as own_gap_days,
        moments.average_gap_days as shop_gap_days,
        moments.mean_log_gap as shop_log_gap,
        cast(gaps.log_sum as double) / nullif(gaps.gap_count, 0) as own_log_gap,
        moments.within_variance,
        moments.between_variance,
        coalesce(
            gaps.gap_count * moments.between_variance
            / nullif(gaps.gap_count * moments.between_variance + moments.within_variance, 0), 0
        ) as own_weight

    from gaps

    inner join moments
        on gaps.as_of_date = moments.as_of_date

),

-- the next gap varies as gaps do, and its mean is not known for sure
shrunk as (

    select
        *,
        own_weight * coalesce(own_log_gap, shop_log_gap) + (1 - own_weight) * shop_log_gap
        as log_gap,
        sqrt(within_variance + (1 - own_weight) * between_variance) as deviation
    from weighted

),

dated as (

    select
        as_of_date,
        customer_id,
        last_purchase_date,
        gap_count,
        cast(own_weight as decimal(18, 6)) as own_weight,
        cast(exp(log_gap) as decimal(18, 6)) as expected_gap_days,
        {{ whole_days_after('last_purchase_date', 'coalesce(own_gap_days, shop_gap_days)') }}
        as rule_date,
        {{ whole_days_after('last_purchase_date', 'exp(log_gap)') }} as model_date,
        {{ whole_days_after(
            'last_purchase_date', 'exp(log_gap - ' ~ quantile ~ ' * deviation)'
        ) }} as low_date,
        {{ whole_days_after(
            'last_purchase_date', 'exp(log_gap + ' ~ quantile ~ ' * deviation)'
        ) }} as high_date
    from shrunk

),

-- an order that was due has not come, so it comes today at the earliest
final as (

    select
        *,
        greatest({{ days_between('as_of_date', 'model_date') }}, 0) as model_days,
        greatest({{ days_between('as_of_date', 'rule_date') }}, 0) as rule_days
    from dated

)

select * from final
