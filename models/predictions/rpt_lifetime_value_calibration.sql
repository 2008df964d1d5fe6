with

residuals as (

    select * from {{ ref('int_lifetime_value_residuals') }}

),

final as (

    select
        as_of_date,
        horizon_days,
        target,
        method,
        trial_as_of_date,
        decile,
        customer_count,
        expected_total,
        actual_total,
        cast(
            cast(expected_total as double) / customer_count as decimal(18, 6)
        ) as expected_mean,
        cast(cast(actual_total as double) / customer_count as decimal(18, 6)) as actual_mean,
        residual_low,
        residual_high
    from residuals

)

{{ without_small_cells(
    'final',
    counts=['customer_count'],
    keys=['as_of_date', 'horizon_days', 'target', 'method', 'trial_as_of_date', 'decile'],
    totals=[['as_of_date', 'horizon_days', 'target']]
) }}
