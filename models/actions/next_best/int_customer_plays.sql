with

customers as (

    select * from {{ ref('int_customers') }}

),

lifecycle as (

    select * from {{ ref('fct_customer_lifecycle') }}
    where is_current

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}
    where is_current

),

churn as (

    select * from {{ ref('fct_customer_churn') }}
    where is_current

),

stages as (

    select * from {{ ref('lifecycle_stages') }}

),

plays as (

    select * from {{ ref('marketing_playbook') }}

),

-- the stage of who never bought
prospect_stage as (

    select min_by(lifecycle_stage, stage_number) as lifecycle_stage from stages
    where max_purchase_days = 0

),

gathered as (

    select
        customers.customer_id,
        coalesce(lifecycle.lifecycle_stage, prospect_stage.lifecycle_stage) as lifecycle_stage,
        coalesce(rfm.rfm_group, 'prospects') as rfm_group,
        churn.risk_level,
        churn.churn_probability,
        lifecycle.customer_tier

    from customers

    cross join prospect_stage

    left join lifecycle
        on customers.customer_id = lifecycle.customer_id

    left join rfm
        on customers.customer_id = rfm.customer_id

    left join churn
        on customers.customer_id = churn.customer_id

),

-- the first play that fits, of each case that occurs
cases as (

    select distinct
        lifecycle_stage,
        rfm_group,
        coalesce(risk_level, 'unknown') as risk_level,
        coalesce(customer_tier, 'none') as customer_tier
    from gathered

),

chosen as (

    select
        cases.*,
        plays.play_number

    from cases

    inner join plays
        on
            cases.lifecycle_stage = coalesce(plays.lifecycle_stage, cases.lifecycle_stage)
            and cases.rfm_group = coalesce(plays.rfm_group, cases.rfm_group)
            and cases.risk_level = coalesce(plays.risk_level, cases.risk_level)
            and cases.customer_tier = coalesce(plays.customer_tier, cases.customer_tier)

    qualify row_number() over (
        partition by
            cases.lifecycle_stage, cases.rfm_group, cases.risk_level, cases.customer_tier
        order by plays.play_number
    ) = 1

),

final as (

    select
        gathered.customer_id,
        gathered.lifecycle_stage,
        gathered.rfm_group,
        gathered.risk_level,
        gathered.churn_probability,
        gathered.customer_tier,
        chosen.play_number

    from gathered

    left join chosen
        on
            gathered.lifecycle_stage = chosen.lifecycle_stage
            and gathered.rfm_group = chosen.rfm_group
            and coalesce(gathered.risk_level, 'unknown') = chosen.risk_level
            and coalesce(gathered.customer_tier, 'none') = chosen.customer_tier

)

select * from final
