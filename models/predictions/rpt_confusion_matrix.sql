with

ranks as (

    select
        as_of_date,
        method,
        customer_id,
        has_happened as has_churned,
        probability as churn_probability,
        rank,
        row_count as customer_count,
        threshold,
        is_called
    from {{ ref('int_probability_ranks') }}

    where
        task = 'churn'
        and not is_fitted_on

),

totals as (

    select
        as_of_date,
        method,
        min(threshold) as threshold,
        count(*) as customer_count
    from ranks

    group by
        as_of_date,
        method

),

cells as (

    select
        as_of_date,
        method,
        is_called,
        has_churned,
        count(*) as customer_count
    from ranks

    group by
        as_of_date,
        method,
        is_called,
        has_churned

),

kinds as (

    select
        true as is_called,
        true as has_churned
    union all

    select
        true as is_called,
        false as has_churned
    union all

    select
        false as is_called,
        true as has_churned
    union all

    select
        false as is_called,
        false as has_churned

),

-- all four, also where nobody is in one
final as (

    select
        totals.as_of_date,
        totals.method,
        kinds.is_called as is_called_churned,
        kinds.has_churned,
        cast(totals.threshold as decimal(18, 6)) as threshold,
        cast(coalesce(cells.customer_count, 0) as bigint) as customer_count,
        {{ ratio(
            'coalesce(cells.customer_count, 0)', 'totals.customer_count'
        ) }} as customer_share

    from totals

    cross join kinds

    left join cells
        on
            totals.as_of_date = cells.as_of_date
            and totals.method = cells.method
            and kinds.is_called = cells.is_called
            and kinds.has_churned = cells.has_churned

)

{{ without_small_cells(
    'final',
    counts=['customer_count'],
    keys=['as_of_date', 'method', 'is_called_churned', 'has_churned'],
    totals=[['as_of_date', 'method']]
) }}
