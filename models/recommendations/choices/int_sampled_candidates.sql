with

sampled as (

    select
        as_of_date,
        customer_index
    from {{ ref('int_listed_customers') }}

    where is_sampled

),

scores as (

    select
        as_of_date,
        method,
        setting,
        customer_index,
        product_index,
        cast(score as decimal(18, 9)) as score,
        cast(null as int) as reason_product_index,
        cast(null as decimal(18, 6)) as reason_share
    from {{ ref('ml_neighbor_scores') }}

    {% for name, method in recommendation_methods().items() if method.kind == 'customers' -%}
    union all

    select
        method_scores.as_of_date,
        '{{ name }}' as method,
        cast(0 as int) as setting,
        method_scores.customer_index,
        method_scores.product_index,
        cast(method_scores.score as decimal(18, 9)) as score,
        method_scores.reason_product_index,
        cast(method_scores.reason_share as decimal(18, 6)) as reason_share

    from {{ method_relation(method) }} as method_scores

    inner join sampled
        on
            method_scores.as_of_date = sampled.as_of_date
            and method_scores.customer_index = sampled.customer_index

    {% endfor %}
),

{{ scaled_candidates() }}

select * from scaled_candidates
