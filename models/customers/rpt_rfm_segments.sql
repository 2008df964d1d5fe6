with

customers as (

    select * from {{ ref('fct_customer_rfm') }}

),

rfm_groups as (

    select distinct rfm_group from {{ ref('rfm_groups') }}

),

dates as (

    select
        as_of_date,
        is_current,
        count(*) as customer_count,
        sum(monetary_amount) as monetary_amount

    from customers

    group by all

),

segments as (

    select
        as_of_date,
        rfm_group,
        count(*) as customer_count,
        sum(monetary_amount) as monetary_amount,
        cast(sum(recency_days) as bigint) as recency_days,
        cast(sum(frequency) as bigint) as frequency

    from customers

    group by all

),

-- every group on every date, also where nobody is in it
final as (

    select
        dates.as_of_date,
        rfm_groups.rfm_group,
        dates.is_current,
        cast(coalesce(segments.customer_count, 0) as bigint) as customer_count,
        {{ ratio(
            'coalesce(segments.customer_count, 0)', 'dates.customer_count'
        ) }} as customer_share,
        {{ total('coalesce(segments.monetary_amount, 0)') }} as revenue_amount,
        {{ share_of_total(
            'coalesce(segments.monetary_amount, 0)', 'dates.monetary_amount'
        ) }} as revenue_share,
        {{ ratio('segments.recency_days', 'segments.customer_count') }} as average_recency_days,
        {{ ratio('segments.frequency', 'segments.customer_count') }} as average_frequency,
        {{ mean_amount(
            'segments.monetary_amount', 'segments.customer_count', 4
        ) }} as average_monetary_amount

    from dates

    cross join rfm_groups

    left join segments
        on
            dates.as_of_date = segments.as_of_date
            and rfm_groups.rfm_group = segments.rfm_group

)

{{ without_small_cells(
    'final',
    counts=['customer_count'],
    keys=['as_of_date', 'rfm_group', 'is_current'],
    totals=[['as_of_date']]
) }}
