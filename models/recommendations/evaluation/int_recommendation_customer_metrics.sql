{%- set cutoffs = evaluation_cutoffs() -%}

with

hits as (

    select * from {{ ref('int_recommendation_hits') }}

),

outcomes as (

    select * from {{ ref('int_recommendation_outcomes') }}

),

customers as (

    select * from {{ ref('int_recommendation_customers') }}
    where
        is_scored
        and product_count > 0

),

methods as (

    select distinct
        as_of_date,
        list,
        method
    from hits

),

served as (

    select distinct
        as_of_date,
        customer_id,
        list,
        method
    from hits

),

cutoffs as (

    {% for cutoff in cutoffs -%}
    select cast({{ cutoff }} as int) as k
    {{ 'union all' if not loop.last }}

    {% endfor %}
),

ranks as (

    select cast(generated_number as int) as rank
    from ({{ dbt.generate_series(cutoffs | max) }}) as numbers

),

-- what n things found at the first n places would give
ideals as (

    select
        rank as found_count,
        sum({{ discount('rank') }}) over (
            order by rank rows between unbounded preceding and current row
        ) as ideal_gain
    from ranks

),

to_find as (

    select
        as_of_date,
        customer_id,
        list,
        count(*) as relevant_count
    from outcomes

    group by
        as_of_date,
        customer_id,
        list

),

found as (

    select
        as_of_date,
        customer_id,
        list,
        method,
        rank,
        count(*) over (
            partition by as_of_date, customer_id, list, method
            order by rank
            rows between unbounded preceding and current row
        ) as found_count
    from hits

    where is_hit

),

totals as (

    select
        found.as_of_date,
        found.customer_id,
        found.list,
        found.method,
        cutoffs.k,
        count(*) as hit_count,
        sum({{ discount('found.rank') }}) as gain,
        sum(
            cast(found.found_count / cast(found.rank as double) as decimal(18, 12))
        ) as precision_sum

    from found

    inner join cutoffs
        on found.rank <= cutoffs.k

    group by
        found.as_of_date,
        found.customer_id,
        found.list,
        found.method,
        cutoffs.k

),

-- every customer with a history, also without a list or anything to find
final as (

    select
        customers.as_of_date,
        customers.customer_id,
        methods.list,
        methods.method,
        cutoffs.k,
        coalesce(to_find.relevant_count, 0) > 0 as has_something_to_find,
        served.customer_id is not null as has_list,
        {{ ratio('coalesce(totals.hit_count, 0)', 'cutoffs.k') }} as precision,
        coalesce({{ ratio(
            'coalesce(totals.hit_count, 0)', 'to_find.relevant_count'
        ) }}, 0) as recall,
        coalesce({{ ratio(
            '2 * coalesce(totals.hit_count, 0)', '(cutoffs.k + to_find.relevant_count)'
        ) }}, 0) as f1,
        coalesce({{ ratio('coalesce(totals.gain, 0)', 'ideals.ideal_gain') }}, 0) as ndcg,
        coalesce({{ ratio(
            'coalesce(totals.precision_sum, 0)', 'least(cutoffs.k, to_find.relevant_count)'
        ) }}, 0) as average_precision,
        cast(
            case when totals.hit_count > 0 then 1 else 0 end as decimal(18, 6)
        ) as hit_rate

    from customers

    inner join methods
        on customers.as_of_date = methods.as_of_date

    cross join cutoffs

    left join served
        on
            customers.as_of_date = served.as_of_date
            and customers.customer_id = served.customer_id
            and methods.list = served.list
            and methods.method = served.method

    left join to_find
        on
            customers.as_of_date = to_find.as_of_date
            and customers.customer_id = to_find.customer_id
            and methods.list = to_find.list

    left join ideals
        on ideals.found_count = least(cutoffs.k, to_find.relevant_count)

    left join totals
        on
            customers.as_of_date = totals.as_of_date
            and customers.customer_id = totals.customer_id
            and methods.list = totals.list
            and methods.method = totals.method
            and cutoffs.k = totals.k

)

select * from final
