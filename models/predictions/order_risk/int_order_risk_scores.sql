with

orders as (

    select * from {{ ref('int_order_risk_features') }}

),

dates as (

    select
        as_of_date,
        is_current
    from {{ ref('int_feature_dates') }}

    where is_current or is_backtest

),

rules as (

    select
        order_id,
        cast(sum(weight) as int) as rule_weight,
        cast(count(*) as int) as rule_count
    from {{ ref('int_order_risk_rules') }}

    group by order_id

),

anomalies as (

    select * from {{ ref('ml_order_anomalies') }}

),

frauds as (

    select * from {{ ref('ml_order_fraud') }}

),

-- as of today all orders, as of a backtest those that followed it
scored as (

    select
        dates.as_of_date,
        dates.is_current,
        orders.order_id,
        orders.placed_at,
        orders.order_date,
        orders.line_count,
        orders.order_amount,
        coalesce(rules.rule_weight, 0) as rule_weight,
        coalesce(rules.rule_count, 0) as rule_count,
        cast(anomalies.anomaly_score as decimal(18, 9)) as anomaly_score,
        cast(frauds.fraud_score as decimal(18, 9)) as fraud_score

    from dates

    inner join orders
        on
            dates.is_current
            or orders.placed_at >= dates.as_of_date

    left join rules
        on orders.order_id = rules.order_id

    left join anomalies
        on
            dates.as_of_date = anomalies.as_of_date
            and orders.order_id = anomalies.order_id

    left join frauds
        on
            dates.as_of_date = frauds.as_of_date
            and orders.order_id = frauds.order_id

),

-- which of equal orders comes first is decided by what they are, and by their number last of all
final as (

    select
        *,
        {%- for method in order_risk_methods() %}
        case
            when {{ method.score }} is not null
                then cast(row_number() over (
                    partition by as_of_date
                    order by
                        {{ method.score }} {{ method.direction }} nulls last,
                        order_amount desc,
                        placed_at asc,
                        order_id asc
                ) as bigint)
        end as {{ method.name }}_rank{{ ',' if not loop.last }}
        {%- endfor %}
    from scored

)

select * from final
