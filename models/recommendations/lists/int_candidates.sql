with

scores as (

    select
        as_of_date,
        method,
        customer_index,
        product_index,
        cast(score as decimal(18, 9)) as score,
        cast(null as int) as reason_product_index,
        cast(null as decimal(18, 6)) as reason_share
    from {{ ref('ml_neighbor_scores') }}

    {% for method, model in var('customer_methods').items() -%}
    union all

    select
        as_of_date,
        '{{ method }}' as method,
        customer_index,
        product_index,
        cast(score as decimal(18, 9)) as score,
        reason_product_index,
        cast(reason_share as decimal(18, 6)) as reason_share
    from {{ ref(model) }}

    {% endfor %}
),

ranked as (

    select
        *,
        cast(row_number() over (
            partition by as_of_date, method, customer_index
            order by score desc, product_index asc
        ) as int) as rank
    from scores

    where score > 0

),

best as (

    select
        *,
        min(score) over of_customer as lowest_score,
        max(score) over of_customer as highest_score
    from ranked

    where rank <= {{ var('candidate_count') }}

    window of_customer as (partition by as_of_date, method, customer_index)

),

-- from zero to one for each customer and method, so that methods can be added up
final as (

    select
        as_of_date,
        method,
        customer_index,
        product_index,
        score,
        rank,
        case
            when highest_score = lowest_score then 1
            else cast(
                cast(score - lowest_score as double) / cast(highest_score - lowest_score as double)
                as decimal(18, 9)
            )
        end as scaled_score,
        reason_product_index,
        reason_share

    from best

)

select * from final
