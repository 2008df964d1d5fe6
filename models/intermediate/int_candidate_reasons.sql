with

candidates as (

    select * from {{ ref('int_candidates') }}
    where method not in (
        'popular', 'popular_in_group', {{ text_list(personal_methods()) }}
    )

),

neighbors as (

    select * from {{ ref('int_product_neighbors') }}

),

matrix as (

    select * from {{ ref('int_interaction_matrix') }}
    where
        is_listed
        and weight > 0

),

-- what each product that the customer has gave to the score, before the trend of the product, which
-- is common to all; methods without neighbors are explained by the first that has them
contributions as (

    select
        candidates.as_of_date,
        candidates.method,
        candidates.customer_index,
        candidates.product_index,
        matrix.product_index as reason_product_index,
        cast(matrix.weight * neighbors.similarity as decimal(18, 9)) as contribution

    from candidates

    inner join matrix
        on
            candidates.as_of_date = matrix.as_of_date
            and candidates.customer_index = matrix.customer_index

    inner join neighbors
        on
            candidates.as_of_date = neighbors.as_of_date
            and matrix.product_index = neighbors.product_index
            and candidates.product_index = neighbors.neighbor_index
            and neighbors.method = case
                when candidates.method in ({{ text_list(var('neighbor_methods').keys()) }})
                    then candidates.method
                else '{{ var("neighbor_methods").keys() | first }}'
            end

    where neighbors.similarity > 0

),

reasons as (

    select
        as_of_date,
        method,
        customer_index,
        product_index,
        -- of equal contributions the lower number's, by less than the last digit
        max_by(
            reason_product_index,
            contribution - cast(reason_product_index * 1e-18 as decimal(28, 18))
        ) as reason_product_index,
        {{ ratio('max(contribution)', 'sum(contribution)') }} as reason_share

    from contributions

    group by
        as_of_date,
        method,
        customer_index,
        product_index

)

select * from reasons
