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

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

-- a mean that is right can be two errors that cancel, so groups of frequency stand beside deciles
grouped as (

    select
        ranks.as_of_date,
        ranks.method,
        'decile' as group_kind,
        cast(floor((ranks.rank - 0.5) * 10 / ranks.customer_count) as int) + 1 as group_number,
        ranks.churn_probability,
        ranks.has_churned
    from ranks

    union all

    select
        ranks.as_of_date,
        ranks.method,
        'frequency' as group_kind,
        cast(least(rfm.frequency, 4) as int) as group_number,
        ranks.churn_probability,
        ranks.has_churned

    from ranks

    inner join rfm
        on
            ranks.as_of_date = rfm.as_of_date
            and ranks.customer_id = rfm.customer_id

),

final as (

    select
        as_of_date,
        method,
        group_kind,
        group_number,
        case
            when group_kind = 'decile' then cast(group_number as string)
            when group_number = 1 then 'once'
            when group_number = 2 then 'twice'
            when group_number = 3 then '3 times'
            else '4 times or more'
        end as group_name,
        cast(count(*) as bigint) as customer_count,
        {{ ratio('sum(churn_probability)', 'count(*)') }} as predicted_rate,
        {{ ratio('count(*) filter (where has_churned)', 'count(*)') }} as actual_rate,
        {{ ratio(
            '(sum(churn_probability) - count(*) filter (where has_churned))', 'count(*)'
        ) }} as bias
    from grouped

    group by
        as_of_date,
        method,
        group_kind,
        group_number

)

{{ without_small_cells(
    'final',
    counts=['customer_count'],
    keys=['as_of_date', 'method', 'group_kind', 'group_number', 'group_name'],
    totals=[['as_of_date', 'method', 'group_kind']]
) }}
