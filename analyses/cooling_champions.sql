-- Which champions are cooling?
with

champions as (

    select * from {{ ref('fct_customer_rfm') }}
    where
        is_current
        and rfm_group = 'champions'

),

signals as (

    select
        as_of_date,
        customer_id,
        count(*) as signal_count,
        {{ dbt.listagg('what_changed', "'; '", 'order by signal') }} as what_changed,
        min(since_date) as since_date
    from {{ ref('fct_churn_alerts') }}

    where is_current

    group by
        as_of_date,
        customer_id

),

churn as (

    select * from {{ ref('fct_customer_churn') }}

),

spend as (

    select * from {{ ref('fct_customer_spend_forecast') }}

),

final as (

    select
        champions.customer_id,
        champions.monetary_amount,
        champions.frequency,
        champions.recency_days,
        signals.signal_count,
        signals.what_changed,
        signals.since_date,
        churn.churn_probability,
        spend.expected_spend_amount

    from champions

    inner join signals
        on
            champions.as_of_date = signals.as_of_date
            and champions.customer_id = signals.customer_id

    left join churn
        on
            champions.as_of_date = churn.as_of_date
            and champions.customer_id = churn.customer_id

    left join spend
        on
            champions.as_of_date = spend.as_of_date
            and champions.customer_id = spend.customer_id

),

ranked as (

    select
        cast(
            row_number() over (
                order by
                    signal_count desc,
                    monetary_amount desc,
                    customer_id asc
            ) as int
        ) as place,
        *
    from final

)

select * from ranked
where place <= 100
order by place
