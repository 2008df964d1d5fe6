{#- After so many days what others have counts half in item_recent and user_cosine, and a purchase
    in what a customer likes (docs/models/recommendations.md). -#}
{%- set recent_half_life_days = 30 -%}
{%- set profile_half_life_days = 90 -%}

with

purchases as (

    select * from {{ ref('int_customer_product_purchases') }}

),

signals as (

    select * from {{ ref('int_customer_product_signals') }}

),

customers as (

    select * from {{ ref('int_recommendation_customers') }}

),

products as (

    select * from {{ ref('int_product_trends') }}

),

cells as (

    select
        coalesce(purchases.as_of_date, signals.as_of_date) as as_of_date,
        coalesce(purchases.customer_id, signals.customer_id) as customer_id,
        coalesce(purchases.product_id, signals.product_id) as product_id,
        purchases.last_purchase_date,
        signals.last_seen_date,
        signals.last_rated_date,
        cast(coalesce(signals.interest, 0) as double) as interest,
        cast(coalesce(signals.decayed_interest, 0) as double) as decayed_interest,
        cast(coalesce(signals.rating, 0) as double) as rating

    from purchases

    full outer join signals
        on
            purchases.as_of_date = signals.as_of_date
            and purchases.customer_id = signals.customer_id
            and purchases.product_id = signals.product_id

),

dated as (

    select
        *,
        last_purchase_date is not null as is_bought,
        {{ days_between('coalesce(last_purchase_date, last_seen_date)', 'as_of_date') }} as days,
        {{ days_between(
            'coalesce(last_rated_date, last_purchase_date, last_seen_date)', 'as_of_date'
        ) }} as days_rated

    from cells

),

-- a product only seen counts what was done with it; three points of five say nothing
valued as (

    select
        *,
        {%- if var('interaction_value') == 'rating' %}
        rating as value,
        case when rating > 0 then (rating - 3) / 2 else 0 end
        * {{ decay('coalesce(days_rated, 0)', recent_half_life_days) }} as recent_value,
        case when rating > 0 then (rating - 3) / 2 else 0 end
        * {{ decay('coalesce(days_rated, 0)', profile_half_life_days) }} as weight
        {%- else %}
        case when is_bought then 1 else interest end as value,
        case when is_bought then 1 else interest end
        * {{ decay('coalesce(days, 0)', recent_half_life_days) }} as recent_value,
        greatest(
            decayed_interest,
            case when is_bought then 1 else 0 end
            * {{ decay('coalesce(days, 0)', profile_half_life_days) }}
        ) as weight
        {%- endif %}

    from dated

),

matrix as (

    select
        valued.as_of_date,
        customers.customer_index,
        products.product_index,
        cast(valued.value as double) as value,
        cast(valued.recent_value as double) as recent_value,
        cast(valued.weight as double) as weight,
        valued.is_bought,
        customers.is_active and customers.is_scored as is_listed

    from valued

    inner join customers
        on
            valued.as_of_date = customers.as_of_date
            and valued.customer_id = customers.customer_id

    inner join products
        on
            valued.as_of_date = products.as_of_date
            and valued.product_id = products.product_id

    where
        valued.is_bought
        or valued.value > 0

)

select * from matrix
