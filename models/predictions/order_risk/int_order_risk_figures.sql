{#- How many orders a shop may look at. -#}
{%- set looks = [50, 100, 200] -%}
{%- set rule = order_risk_methods()[0].name -%}

with

hits as (

    select * from {{ ref('int_order_risk_hits') }}

),

looks as (

    {% for k in looks -%}
    select {{ k }} as k
    {{ 'union all' if not loop.last }}

    {% endfor %}
),

-- the area under the curve from the places of the hits: of the others so many come before each one
totals as (

    select
        list,
        as_of_date,
        is_current,
        method,
        max(order_count) as order_count,
        count(*) as hit_count,
        cast(sum(place - hit_number) as double) as others_before,
        cast(sum(cast(
            cast(hit_number as double) / place as decimal(18, 9)
        )) as double) as precision_sum
    from hits

    group by
        list,
        as_of_date,
        is_current,
        method

),

found as (

    select
        hits.list,
        hits.as_of_date,
        hits.method,
        looks.k,
        count(*) as found_count,
        count(*) filter (where rules.place > looks.k) as only_found_count

    from hits

    inner join looks
        on hits.place <= looks.k

    inner join hits as rules
        on
            hits.list = rules.list
            and hits.as_of_date = rules.as_of_date
            and hits.order_id = rules.order_id
            and rules.method = '{{ rule }}'

    group by
        hits.list,
        hits.as_of_date,
        hits.method,
        looks.k

),

final as (

    select
        totals.list,
        totals.as_of_date,
        totals.is_current,
        totals.method,
        looks.k,
        totals.order_count,
        totals.hit_count,
        coalesce(found.found_count, 0) as found_count,
        -- by the method and not by the rule, and the other way round
        coalesce(found.only_found_count, 0) as only_found_count,
        coalesce(rules.found_count, 0)
        - coalesce(found.found_count - found.only_found_count, 0) as only_rule_found_count,
        1 - totals.others_before / nullif(
            cast(totals.hit_count as double) * (totals.order_count - totals.hit_count), 0
        ) as auc,
        totals.precision_sum / totals.hit_count as average_precision

    from totals

    cross join looks

    left join found
        on
            totals.list = found.list
            and totals.as_of_date = found.as_of_date
            and totals.method = found.method
            and looks.k = found.k

    left join found as rules
        on
            totals.list = rules.list
            and totals.as_of_date = rules.as_of_date
            and rules.method = '{{ rule }}'
            and looks.k = rules.k

    -- a list that is longer than half of the orders finds nothing
    where looks.k * 2 <= totals.order_count

)

select * from final
