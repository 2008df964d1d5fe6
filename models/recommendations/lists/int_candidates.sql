with

methods as (

    select * from {{ ref('int_recommendation_methods') }}

),

customers as (

    select * from {{ ref('int_listed_customers') }}

),

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

    {% for name, method in recommendation_methods().items() if method.kind == 'customers' -%}
    union all

    select
        as_of_date,
        '{{ name }}' as method,
        customer_index,
        product_index,
        cast(score as decimal(18, 9)) as score,
        reason_product_index,
        cast(reason_share as decimal(18, 6)) as reason_share
    from {{ method_relation(method) }}

    {% endfor %}
),

-- a method that no list asks is there to be compared, on the evaluation sample
served as (

    select
        scores.*,
        methods.list,
        methods.list_position,
        customers.is_sampled

    from scores

    inner join methods
        on scores.method = methods.method

    inner join customers
        on
            scores.as_of_date = customers.as_of_date
            and scores.customer_index = customers.customer_index

    where
        scores.score > 0
        and (methods.is_on_list or customers.is_sampled)

),

ranked as (

    select
        *,
        cast(row_number() over (
            partition by as_of_date, method, customer_index
            order by score desc, product_index asc
        ) as int) as rank
    from served

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

lengths as (

    select
        as_of_date,
        customer_index,
        count(distinct product_index) as length
    from best

    where
        list = 'discover'
        and list_position is not null

    group by
        as_of_date,
        customer_index

),

-- from zero to one for each customer and method, so that methods can be added up; fallbacks are for
-- those who are offered too little, which with filters may be anybody
final as (

    select
        best.as_of_date,
        best.method,
        best.customer_index,
        best.product_index,
        best.score,
        best.rank,
        case
            when best.highest_score = best.lowest_score then 1
            else cast(
                cast(best.score - best.lowest_score as double)
                / cast(best.highest_score - best.lowest_score as double) as decimal(18, 9)
            )
        end as scaled_score,
        best.reason_product_index,
        best.reason_share

    from best
    {%- if not filters_discover() %}

    left join lengths
        on
            best.as_of_date = lengths.as_of_date
            and best.customer_index = lengths.customer_index

    where
        best.list_position is not null
        or best.is_sampled
        or coalesce(lengths.length, 0) < {{ var('recommendation_count') }}
    {%- endif %}

)

select * from final
