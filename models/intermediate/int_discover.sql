with

scores as (

    select * from {{ ref('ml_discover_scores') }}

),

customers as (

    select * from {{ ref('int_listed_customers') }}

),

products as (

    select * from {{ ref('int_product_trends') }}

),

similarities as (

    select * from {{ ref('ml_product_similarities') }}
    where shared_buyer_count >= {{ var('min_shared_buyers') }}

),

matrix as (

    select * from {{ ref('int_interaction_matrix') }}
    where is_listed

),

ranked as (

    select
        scores.as_of_date,
        scores.customer_index,
        scores.product_index,
        cast(scores.score as decimal(18, 9)) as score,
        cast(row_number() over (
            partition by scores.as_of_date, scores.customer_index
            order by cast(scores.score as decimal(18, 9)) desc, scores.product_index asc
        ) as int) as rank

    from scores

),

-- what each purchase gave to the score, before the trend of the product, which is common to all
contributions as (

    select
        ranked.as_of_date,
        ranked.customer_index,
        ranked.product_index,
        matrix.product_index as reason_product_index,
        cast(matrix.weight * similarities.similarity as decimal(18, 9)) as contribution

    from ranked

    inner join matrix
        on
            ranked.as_of_date = matrix.as_of_date
            and ranked.customer_index = matrix.customer_index

    inner join similarities
        on
            ranked.as_of_date = similarities.as_of_date
            and matrix.product_index = similarities.product_index
            and ranked.product_index = similarities.neighbor_index

),

reasons as (

    select
        as_of_date,
        customer_index,
        product_index,
        sum(contribution) as contribution_sum,
        max(contribution) as largest_contribution,
        -- of equal contributions the lower number's, by less than the last digit
        max_by(
            reason_product_index,
            contribution - cast(reason_product_index * 1e-18 as decimal(28, 18))
        ) as reason_product_index

    from contributions

    group by
        as_of_date,
        customer_index,
        product_index

),

final as (

    select
        ranked.as_of_date,
        customers.customer_id,
        ranked.rank,
        products.product_id,
        ranked.score,
        reason_products.product_id as reason_product_id,
        {{ ratio('reasons.largest_contribution', 'reasons.contribution_sum') }} as reason_share

    from ranked

    inner join customers
        on
            ranked.as_of_date = customers.as_of_date
            and ranked.customer_index = customers.customer_index

    inner join products
        on
            ranked.as_of_date = products.as_of_date
            and ranked.product_index = products.product_index

    left join reasons
        on
            ranked.as_of_date = reasons.as_of_date
            and ranked.customer_index = reasons.customer_index
            and ranked.product_index = reasons.product_index

    left join products as reason_products
        on
            reasons.as_of_date = reason_products.as_of_date
            and reasons.reason_product_index = reason_products.product_index

)

select * from final
