with

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}

),

orders as (

    select * from {{ ref('fct_orders') }}
    where not is_cancelled

),

today as (

    select
        max(as_of_date) filter (where is_current) as as_of_date,
        max(as_of_date) filter (where is_backtest) as backtest_date

    from as_of_dates

),

history as (

    select
        min(order_date) as first_order_date,
        max(order_date) as last_order_date

    from orders

),

final as (

    select
        cast('{{ dbt.escape_single_quotes(var("shop").name) }}' as string) as shop_name,
        cast('{{ dbt.escape_single_quotes(var("currency")) }}' as string) as currency,
        cast('{{ var("number_locale") }}' as string) as number_locale,
        today.as_of_date,
        today.backtest_date,
        cast({{ var('prediction_horizon_days') }} as int) as horizon_days,
        history.first_order_date,
        history.last_order_date

    from today

    cross join history

)

select * from final
