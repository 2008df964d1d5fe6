{%- set horizon = var('prediction_horizon_days') -%}

with

backtests as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_backtest

),

-- where nothing is learned from ratings none is foretold
reviews as (

    select * from {{ ref('int_reviews') }}
    {%- if var('interaction_value') != 'rating' %}
    where review_id is null
    {%- endif %}

),

customers as (

    select * from {{ ref('int_recommendation_customers') }}

),

products as (

    select * from {{ ref('int_product_trends') }}

),

factors as (

    select * from {{ ref('ml_factors') }}

),

matrix as (

    select * from {{ ref('int_interaction_matrix') }}
    where value > 0

),

item_means as (

    select
        as_of_date,
        product_index,
        sum(cast(value as decimal(18, 6))) / cast(count(*) as double) as mean_rating

    from matrix

    group by
        as_of_date,
        product_index

),

-- how much higher than others a customer rates what they rate
biases as (

    select
        matrix.as_of_date,
        matrix.customer_index,
        sum(cast(matrix.value - item_means.mean_rating as decimal(18, 6)))
        / cast(count(*) as double) as bias

    from matrix

    inner join item_means
        on
            matrix.as_of_date = item_means.as_of_date
            and matrix.product_index = item_means.product_index

    group by
        matrix.as_of_date,
        matrix.customer_index

),

rated as (

    select
        backtests.as_of_date,
        customers.customer_index,
        products.product_index,
        cast(reviews.rating as double) as rating

    from backtests

    inner join reviews
        on
            reviews.reviewed_at >= backtests.as_of_date
            and reviews.reviewed_at < {{ add_days('backtests.as_of_date', horizon) }}

    inner join customers
        on
            backtests.as_of_date = customers.as_of_date
            and reviews.customer_id = customers.customer_id

    inner join products
        on
            backtests.as_of_date = products.as_of_date
            and reviews.product_id = products.product_id

    qualify row_number() over (
        partition by backtests.as_of_date, customers.customer_index, products.product_index
        order by reviews.reviewed_at desc, reviews.review_id desc
    ) = 1

),

predictions as (

    select
        rated.as_of_date,
        rated.customer_index,
        rated.product_index,
        rated.rating,
        least(5, greatest(1, {{ dot_product(
            'customer_factors.factors', 'product_factors.factors'
        ) }})) as predicted_rating,
        least(5, greatest(1, item_means.mean_rating + biases.bias)) as baseline_rating

    from rated

    inner join item_means
        on
            rated.as_of_date = item_means.as_of_date
            and rated.product_index = item_means.product_index

    inner join biases
        on
            rated.as_of_date = biases.as_of_date
            and rated.customer_index = biases.customer_index

    inner join factors as customer_factors
        on
            rated.as_of_date = customer_factors.as_of_date
            and rated.customer_index = customer_factors.entity_index
            and customer_factors.entity = 'customer'

    inner join factors as product_factors
        on
            rated.as_of_date = product_factors.as_of_date
            and rated.product_index = product_factors.entity_index
            and product_factors.entity = 'product'

),

final as (

    select
        as_of_date,
        customer_index,
        product_index,
        cast(rating as decimal(18, 6)) as rating,
        cast(predicted_rating as decimal(18, 6)) as predicted_rating,
        cast(baseline_rating as decimal(18, 6)) as baseline_rating,
        cast(abs(predicted_rating - rating) as decimal(18, 6)) as absolute_error,
        cast(abs(baseline_rating - rating) as decimal(18, 6)) as baseline_absolute_error,
        cast(power(predicted_rating - rating, 2) as decimal(18, 6)) as squared_error,
        cast(power(baseline_rating - rating, 2) as decimal(18, 6)) as baseline_squared_error

    from predictions

)

select * from final
