{%- set step_count = 100 -%}

with

ranks as (

    select
        as_of_date,
        method,
        customer_id,
        has_happened as has_churned,
        probability as churn_probability,
        rank,
        row_count as customer_count,
        threshold,
        is_called
    from {{ ref('int_probability_ranks') }}

    where
        task = 'churn'
        and not is_fitted_on

),

levels as (

    select
        as_of_date,
        method,
        churn_probability as threshold,
        count(*) as row_count,
        count(*) filter (where has_churned) as churned_count
    from ranks

    group by
        as_of_date,
        method,
        churn_probability

),

cumulated as (

    select
        as_of_date,
        method,
        threshold,
        sum(row_count) over so_far as called_count,
        sum(churned_count) over so_far as found_count,
        sum(row_count) over of_method as customer_count,
        sum(churned_count) over of_method as churned_count
    from levels

    window
        so_far as (
            partition by as_of_date, method
            order by threshold desc
            rows between unbounded preceding and current row
        ),
        of_method as (partition by as_of_date, method)

),

-- a curve is drawn from a hundred points: of each hundredth of customers the last
thinned as (

    select
        *,
        cast(floor(called_count * {{ step_count }} / cast(customer_count as double)) as int)
        as step
    from cumulated

    qualify row_number() over (
        partition by as_of_date, method, step
        order by called_count desc
    ) = 1

),

final as (

    select
        as_of_date,
        method,
        step as step_number,
        cast(threshold as decimal(18, 6)) as threshold,
        {{ ratio(
            '(called_count - found_count)', '(customer_count - churned_count)'
        ) }} as false_positive_rate,
        {{ ratio('found_count', 'churned_count') }} as true_positive_rate,
        {{ ratio('called_count', 'customer_count') }} as called_share,
        {{ ratio('found_count', 'called_count') }} as precision_rate
    from thinned

)

select * from final
