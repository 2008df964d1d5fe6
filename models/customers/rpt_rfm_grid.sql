with

customers as (

    select * from {{ ref('fct_customer_rfm') }}

),

scores as (

    select distinct recency_score as score from {{ ref('rfm_groups') }}

),

dates as (

    select
        as_of_date,
        is_current,
        count(*) as customer_count,
        sum(monetary_amount) as monetary_amount
    from customers

    group by
        as_of_date,
        is_current

),

cells as (

    select
        as_of_date,
        recency_score,
        frequency_score,
        count(*) as customer_count,
        sum(monetary_amount) as monetary_amount
    from customers

    group by
        as_of_date,
        recency_score,
        frequency_score

),

-- every cell on every date, also where nobody is in it
final as (

    select
        dates.as_of_date,
        recency.score as recency_score,
        frequency.score as frequency_score,
        dates.is_current,
        cast(coalesce(cells.customer_count, 0) as bigint) as customer_count,
        {{ ratio('coalesce(cells.customer_count, 0)', 'dates.customer_count') }} as customer_share,
        {{ total('coalesce(cells.monetary_amount, 0)') }} as revenue_amount,
        {{ share_of_total(
            'coalesce(cells.monetary_amount, 0)', 'dates.monetary_amount'
        ) }} as revenue_share

    from dates

    cross join scores as recency

    cross join scores as frequency

    left join cells
        on
            dates.as_of_date = cells.as_of_date
            and recency.score = cells.recency_score
            and frequency.score = cells.frequency_score

)

{{ without_small_cells(
    'final',
    counts=['customer_count'],
    keys=['as_of_date', 'recency_score', 'frequency_score', 'is_current'],
    totals=[['as_of_date', 'recency_score'], ['as_of_date', 'frequency_score']]
) }}
