with

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

customer_plays as (

    select * from {{ ref('int_customer_plays') }}

),

contactable as (

    select * from {{ ref('int_contactable_customers') }}

),

plays as (

    select * from {{ ref('marketing_playbook') }}

),

lifts as (

    select * from {{ ref('int_contact_lifts') }}

),

margins as (

    select * from {{ ref('int_shop_margins') }}

),

behavior as (

    select * from {{ ref('fct_customer_behavior') }}
    where is_current

),

lists as (

    select * from {{ ref('fct_customer_recommendations') }}
    where
        is_current
        and rank <= 3

),

shop_orders as (

    select {{ mean_amount(
        'sum(average_order_amount * purchase_count)', 'nullif(sum(purchase_count), 0)', 2
    ) }} as order_amount
    from behavior

),

products as (

    select
        customer_id,
        list,
        max(case when rank = 1 then product_id end) as first_product_id,
        max(case when rank = 2 then product_id end) as second_product_id,
        max(case when rank = 3 then product_id end) as third_product_id
    from lists

    group by
        customer_id,
        list

),

-- the most that is known of how a play works: of its offer, else its channel, else any contact
play_lifts as (

    select
        plays.play_number,
        lifts.relative_lift,
        lifts.lift_source

    from plays

    inner join lifts
        on
            (lifts.channel is null or lifts.channel = lower(plays.channel))
            and (lifts.offer is null or lifts.offer = lower(plays.offer))

    qualify row_number() over (
        partition by plays.play_number
        order by
            case lifts.level when 'offer' then 1 when 'channel' then 2 else 3 end
    ) = 1

),

parts as (

    select
        today.as_of_date,
        customer_plays.customer_id,
        plays.action,
        plays.channel,
        plays.offer,
        plays.reason,
        plays.list,
        customer_plays.lifecycle_stage,
        customer_plays.rfm_group,
        customer_plays.risk_level,
        customer_plays.customer_tier,
        coalesce(
            cast(1 - customer_plays.churn_probability as decimal(18, 6)),
            cast({{ var('assumed_purchase_probability') }} as decimal(18, 6))
        ) as purchase_probability,
        case
            when customer_plays.churn_probability is not null then 'foretold'
            else 'assumed'
        end as probability_source,
        coalesce(
            play_lifts.relative_lift, cast({{ var('assumed_lift') }} as decimal(18, 6))
        ) as relative_lift,
        coalesce(play_lifts.lift_source, 'assumed') as lift_source,
        coalesce(behavior.average_order_amount, shop_orders.order_amount, 0) as order_amount,
        case
            when behavior.average_order_amount is not null then 'measured for the customer'
            when shop_orders.order_amount is not null then 'measured for the shop'
            else 'assumed'
        end as order_amount_source,
        margins.margin_share,
        margins.margin_source,
        coalesce(plays.contact_cost, 0) as contact_cost,
        behavior.purchase_count

    from customer_plays

    cross join today

    cross join margins

    cross join shop_orders

    inner join contactable
        on customer_plays.customer_id = contactable.customer_id

    inner join plays
        on customer_plays.play_number = plays.play_number

    left join play_lifts
        on plays.play_number = play_lifts.play_number

    left join behavior
        on customer_plays.customer_id = behavior.customer_id

),

-- who buys anyway cannot be moved to buy
moved as (

    select
        *,
        least(
            {{ as_decimal(
                'cast(purchase_probability as double) * cast(relative_lift as double)', 18, 6
            ) }},
            1 - purchase_probability
        ) as added_probability
    from parts

),

valued as (

    select
        *,
        {{ as_decimal(
            'cast(added_probability as double) * cast(order_amount as double)'
            ~ ' * cast(margin_share as double) - cast(contact_cost as double)', 28, 4
        ) }} as expected_value
    from moved

),

-- who is alike has one priority, so that no id decides
ranked as (

    select
        *,
        expected_value > 0 as is_worthwhile,
        rank() over (
            order by
                expected_value desc,
                purchase_probability desc,
                purchase_count desc nulls last
        ) as priority
    from valued

),

final as (

    select
        ranked.as_of_date,
        ranked.customer_id,
        cast(ranked.priority as bigint) as priority,
        ranked.action,
        ranked.channel,
        ranked.offer,
        ranked.reason,
        ranked.lifecycle_stage,
        ranked.rfm_group,
        ranked.risk_level,
        ranked.customer_tier,
        ranked.purchase_probability,
        ranked.probability_source,
        ranked.relative_lift,
        ranked.lift_source,
        cast(ranked.added_probability as decimal(18, 6)) as added_probability,
        ranked.order_amount,
        ranked.order_amount_source,
        ranked.margin_share,
        ranked.margin_source,
        ranked.contact_cost,
        ranked.expected_value,
        ranked.is_worthwhile,
        ranked.is_worthwhile
        {%- if var('contact_budget') > 0 %}
        and sum(ranked.contact_cost) over (
            order by ranked.priority
            range between unbounded preceding and current row
        ) <= {{ var('contact_budget') }}
        {%- endif %} as is_within_budget,
        products.first_product_id,
        products.second_product_id,
        products.third_product_id

    from ranked

    left join products
        on
            ranked.customer_id = products.customer_id
            and ranked.list = products.list

)

select * from final
