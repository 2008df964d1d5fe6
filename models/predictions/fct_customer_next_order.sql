with

dates as (

    select * from {{ ref('int_prediction_dates') }}
    where
        task = 'next_order'
        and is_published

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

),

next_orders as (

    select * from {{ ref('int_next_orders') }}

),

champions as (

    select * from {{ ref('int_prediction_champions') }}
    where task = 'next_order'

),

figures as (

    select * from {{ ref('int_amount_figures') }}
    where
        task = 'next_order'
        and not is_fitted_on

),

scorecard as (

    select * from {{ ref('int_amount_scorecard') }}
    where
        task = 'next_order'
        and slice = 'all customers'
        and metric = 'mae'

),

dated as (

    select
        next_orders.as_of_date,
        next_orders.customer_id,
        next_orders.gap_count,
        next_orders.own_weight,
        champions.method,
        case
            when champions.method = 'shrunk_gaps' then next_orders.model_date
            else next_orders.rule_date
        end as expected_order_date,
        case
            when champions.method = 'shrunk_gaps' then next_orders.low_date
        end as earliest_order_date,
        case
            when champions.method = 'shrunk_gaps' then next_orders.high_date
        end as latest_order_date

    from next_orders

    inner join champions
        on next_orders.as_of_date = champions.as_of_date

),

final as (

    select
        rfm.as_of_date,
        rfm.customer_id,
        dates.is_current,
        rfm.last_purchase_date,
        dated.gap_count,
        dated.own_weight,
        dated.expected_order_date,
        dated.earliest_order_date,
        dated.latest_order_date,
        cast(
            greatest({{ days_between('dated.expected_order_date', 'rfm.as_of_date') }}, 0) as bigint
        ) as overdue_days,
        rfm.as_of_date > dated.latest_order_date as is_overdue,
        dated.method,
        scorecard.beats_baseline,
        dates.backtest_date,
        cast(figures.mae as decimal(18, 6)) as backtest_error_days,
        case
            when dates.reason is not null
                then upper(left(dates.reason, 1)) || substring(dates.reason, 2) || '.'
            when dated.method is null
                then 'Too few customers have bought on two days to tell how long it takes.'
        end as no_date_reason

    from rfm

    inner join dates
        on rfm.as_of_date = dates.as_of_date

    left join dated
        on
            rfm.as_of_date = dated.as_of_date
            and rfm.customer_id = dated.customer_id

    left join figures
        on
            dates.backtest_date = figures.as_of_date
            and dated.method = figures.method

    left join scorecard
        on
            dates.backtest_date = scorecard.as_of_date
            and dated.method = scorecard.method

)

select * from final
