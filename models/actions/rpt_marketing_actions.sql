with

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

customer_plays as (

    select * from {{ ref('int_customer_plays') }}

),

plays as (

    select * from {{ ref('marketing_playbook') }}

),

actions as (

    select * from {{ ref('fct_marketing_actions') }}

),

audiences as (

    select * from {{ ref('fct_campaign_audiences') }}

),

final as (

    select
        today.as_of_date,
        coalesce(plays.action, 'no play fits') as action,
        count(*) as customer_count,
        count(*) filter (where actions.customer_id is null) as not_contactable_count,
        count(*) filter (where actions.is_worthwhile) as worthwhile_count,
        count(*) filter (where actions.is_within_budget) as budgeted_count,
        count(*) filter (where audiences.arm = 'contact') as contact_count,
        count(*) filter (where audiences.arm = 'control') as control_count,
        {{ total(
            "coalesce(sum(actions.expected_value) filter (where audiences.arm = 'contact'), 0)"
        ) }} as expected_value,
        {{ total(
            "coalesce(sum(actions.contact_cost) filter (where audiences.arm = 'contact'), 0)"
        ) }} as contact_cost

    from customer_plays

    cross join today

    left join plays
        on customer_plays.play_number = plays.play_number

    left join actions
        on customer_plays.customer_id = actions.customer_id

    left join audiences
        on customer_plays.customer_id = audiences.customer_id

    group by
        today.as_of_date,
        coalesce(plays.action, 'no play fits')

)

{{ without_small_cells('final', ['customer_count'], ['as_of_date', 'action'], [['as_of_date']]) }}
