with

interactions as (

    select * from {{ ref('int_interactions') }}

),

customers as (

    select * from {{ ref('int_listed_customers') }}

),

products as (

    select * from {{ ref('int_product_trends') }}

),

scores as (

    select
        interactions.as_of_date,
        interactions.customer_id,
        interactions.product_id,
        interactions.purchase_days_count,
        interactions.last_purchase_date,
        cast(
            interactions.decayed_frequency
            {%- if var('use_trend') %} * sqrt(1 + products.recent_buyer_count){% endif %}
            as decimal(18, 9)
        ) as score

    from interactions

    inner join customers
        on
            interactions.as_of_date = customers.as_of_date
            and interactions.customer_id = customers.customer_id

    inner join products
        on
            interactions.as_of_date = products.as_of_date
            and interactions.product_id = products.product_id

    where products.is_still_sold

),

ranked as (

    select
        *,
        cast(row_number() over (
            partition by as_of_date, customer_id
            order by score desc, purchase_days_count desc, product_id asc
        ) as int) as rank

    from scores

),

final as (

    select
        as_of_date,
        customer_id,
        rank,
        product_id,
        score,
        purchase_days_count,
        last_purchase_date

    from ranked

    where rank <= {{ var('recommendation_count') }}

)

select * from final
