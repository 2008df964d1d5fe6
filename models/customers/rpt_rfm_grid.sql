with

customers as (

    select * from {{ ref('fct_customer_rfm') }}

),

groups as (

    select * from {{ ref('rfm_groups') }}

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
        fm_score,
        count(*) as customer_count,
        sum(monetary_amount) as monetary_amount
    from customers

    group by
        as_of_date,
        recency_score,
        fm_score

),

-- every cell on every date, also where nobody is in it
final as (

    select
        dates.as_of_date,
        groups.recency_score,
        groups.fm_score,
        dates.is_current,
        groups.rfm_group,
        cast(coalesce(cells.customer_count, 0) as bigint) as customer_count,
        {{ ratio('coalesce(cells.customer_count, 0)', 'dates.customer_count') }} as customer_share,
        {{ total('coalesce(cells.monetary_amount, 0)') }} as revenue_amount,
        {{ share_of_total(
            'coalesce(cells.monetary_amount, 0)', 'dates.monetary_amount'
        ) }} as revenue_share

    from dates

    cross join groups

    left join cells
        on
            dates.as_of_date = cells.as_of_date
            and groups.recency_score = cells.recency_score
            and groups.fm_score = cells.fm_score

)

select * from final
